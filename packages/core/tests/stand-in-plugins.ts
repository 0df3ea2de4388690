import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import {
  createRunner,
  definePlugin,
  systemEffects,
  type Effects,
  type Job,
  type Plugin,
  type Registration,
  type Runner,
} from '../src/index.ts';

/** What the stand-in runner has done so far. */
export interface Story {
  /** In order: hooks that were called, resources that were released. */
  readonly events: string[];
  readonly lines: string[];
  /** What it acquired that outlives a hook. */
  port: number | undefined;
  pids: number[];
  /** Ends the runner by itself, as a runner that was deleted at GitHub does. */
  readonly endByItself: () => void;
}

/** What a test does at a moment of the run. */
export type Moments = Readonly<
  Partial<
    Record<
      'prepareSystem' | 'prepareWorkspace' | 'resolveRegistration' | 'onRegistered' | 'served',
      (runner: Runner) => unknown
    >
  >
>;

const REGISTRATION: Registration = { id: 7, name: 'stand-in', labels: ['linux'] };
const JOB: Job = { name: 'build', workspace: undefined, startedAt: 0 };

const IDLE = ['-c', 'echo ready; exec sleep 600'];

interface StandIn {
  readonly story: Story;
  readonly plugin: Plugin;
  readonly setRunner: (runner: Runner) => void;
}

const makeStandIn = (moments: Moments): StandIn => {
  const stopped = Promise.withResolvers<void>();
  let runner: Runner | undefined;
  const story: Story = {
    events: [],
    lines: [],
    port: undefined,
    pids: [],
    endByItself: () => stopped.resolve(),
  };
  const at = async (moment: keyof Moments): Promise<void> => {
    story.events.push(moment);
    if (runner) await moments[moment]?.(runner);
  };
  const plugin = definePlugin({
    name: 'stand-in',
    setup({ hooks }) {
      hooks.prepareSystem.tap({ stage: 'early' }, async (_config, context) => {
        const server = createServer();
        await context.listen(server, { host: '127.0.0.1', port: 0 });
        story.port = (server.address() as AddressInfo).port;
        await context.own({
          what: 'the lock',
          acquire: () => {},
          release: () => void story.events.push('released the lock'),
        });
        await at('prepareSystem');
      });
      hooks.prepareWorkspace.tap(async () => at('prepareWorkspace'));
      hooks.resolveRegistration.tap(async (_config, context) => {
        await context.own({
          what: 'the registration',
          acquire: () => {},
          release: () => void story.events.push('released the registration'),
        });
        await context.identity();
        await at('resolveRegistration');
        return REGISTRATION;
      });
      hooks.onRegistered.tap(async () => at('onRegistered'));
      hooks.resolveServed.tap(async ({ registration, events }, context) => {
        const started = Promise.withResolvers<void>();
        const managed = await context.spawn({
          command: '/bin/sh',
          args: IDLE,
          env: { PATH: '/usr/bin:/bin' },
          onLine: () => started.resolve(),
        });
        story.pids.push(managed.pid);
        await started.promise;
        await events.idle();
        await events.jobStarting(JOB);
        await events.jobStarted(JOB);
        await events.jobFinished({ ...JOB, result: 'Succeeded', ms: 1 });
        await at('served');
        await stopped.promise;
        return { registration, reason: 'deleted at GitHub' };
      });
      hooks.resolveNext.tap(() => 'stop');
      hooks.resolveDrained.tap(async (draining) => {
        await draining.deregistering();
        story.events.push('resolveDrained');
        return { deregistered: true, jobWasRunning: false, jobResult: undefined };
      });
      hooks.collectMetrics.tap((_config, { clock }) => [
        { name: 'Alive', value: 1, unit: 'Count', at: clock.now(), scope: 'runner' },
      ]);
    },
  });
  return {
    story,
    plugin: plugin(),
    setRunner: (made) => {
      runner = made;
    },
  };
};

/** A runner of which GitHub and the actions-runner are played, with `plugins` after the stand-in. */
export const makeRunner = (
  moments: Moments,
  plugins: readonly Plugin[] = [],
  effects: Effects = systemEffects,
): { readonly runner: Runner; readonly story: Story } => {
  const { story, plugin, setRunner } = makeStandIn(moments);
  const runner = createRunner({
    config: { plugins: [plugin, ...plugins] },
    environment: { CI_RUNNER_USER: 'nobody' },
    write: (line) => story.lines.push(line),
    effects,
  });
  setRunner(runner);
  return { runner, story };
};

/** Whether a process runs; one that has ended and waits for its parent does not. */
const isRunning = (pid: number): boolean => {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

const isOpen = async (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

/** Everything that a run left behind. */
export const leftBehind = async (story: Story): Promise<string[]> => [
  ...story.pids.filter(isRunning).map((pid) => `process ${pid}`),
  ...(story.port !== undefined && (await isOpen(story.port)) ? [`port ${story.port}`] : []),
  ...(story.events.includes('prepareSystem') && !story.events.includes('released the lock')
    ? ['the lock']
    : []),
  ...(story.events.includes('resolveRegistration') &&
  !story.events.includes('released the registration')
    ? ['the registration']
    : []),
];
