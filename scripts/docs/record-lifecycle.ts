import {
  createRunner,
  definePlugin,
  systemEffects,
  type Effects,
  type Job,
  type Plugin,
  type PluginHooks,
  type Registration,
  type Runner,
} from '../../packages/core/src/index.ts';

/** The hooks that a phase called, in order; one that is called again stands there again. */
export interface RecordedPhase {
  readonly phase: string;
  readonly hooks: string[];
}

/** A way through the lifecycle. */
export interface Recording {
  readonly phases: readonly RecordedPhase[];
  readonly exitCode: number;
}

/** What happens in a run besides. */
export interface Plot {
  /** Hooks that fail. */
  readonly failing?: readonly (keyof PluginHooks)[];
  /** The hook during which SIGTERM comes. @default none */
  readonly signalIn?: keyof PluginHooks;
  /** Which call of that hook it is. @default 1 */
  readonly signalTurn?: number;
  /** Answers of resolveNext, when the runner ends by itself. @default none: it never does */
  readonly next?: readonly ('serve' | 'register' | 'stop')[];
}

/** These come at any time, or side by side with others, so that their place is not told. */
const AT_ANY_TIME: ReadonlySet<string> = new Set([
  'resolveIdentity',
  'collectMetrics',
  'collectStatus',
  'onMetrics',
  'onError',
]);

const REGISTRATION: Registration = { id: 1, name: 'runner', labels: ['linux'] };
const JOB: Job = { name: 'build', workspace: undefined, startedAt: 0 };

/** Nobody's machine: the same for root and everybody else. */
const effects: Effects = {
  ...systemEffects,
  users: { ...systemEffects.users, current: () => ({ ...systemEffects.users.current(), uid: 1 }) },
};

/** What a runner does at a hook, as far as other hooks follow from it. */
const playRunner = (hooks: PluginHooks, { next = [], signalIn, signalTurn = 1 }: Plot): void => {
  const answers = [...next];
  const draining = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  hooks.resolveRegistration.tap(() => REGISTRATION);
  hooks.resolveServed.tap(async ({ registration, events }) => {
    await events.idle();
    if (signalIn === 'onIdle') return new Promise<never>(() => {});
    const runJob = async (isLast: boolean): Promise<void> => {
      await events.jobStarting(JOB);
      await events.jobStarted(JOB);
      if (signalIn === 'onJobStarted' && isLast) await draining.promise;
      await events.jobFinished({ ...JOB, result: 'Succeeded', ms: 1 });
    };
    for (let turn = 1; turn <= signalTurn; turn += 1) {
      await runJob(turn === signalTurn);
      if (turn < signalTurn) await events.idle();
    }
    ended.resolve();
    if (answers.length === 0) await new Promise<void>(() => {});
    return { registration, reason: 'it was deleted at GitHub' };
  });
  hooks.resolveNext.tap(() => answers.shift() ?? 'stop');
  hooks.resolveDrained.tap(async (drained) => {
    draining.resolve();
    if (signalIn === 'onJobStarted') await ended.promise;
    await drained.deregistering();
    return { deregistered: true, jobWasRunning: true, jobResult: 'Succeeded' };
  });
};

/** Taps every hook before everybody else. */
const recorder = (record: (hook: keyof PluginHooks) => void): Plugin =>
  definePlugin({
    name: 'recorder',
    early: true,
    setup({ hooks }) {
      for (const name of Object.keys(hooks) as (keyof PluginHooks)[]) {
        // Each has a type of its own, and none of them minds an answer of undefined.
        const hook = hooks[name] as unknown as PluginHooks['onIdle'];
        if (!AT_ANY_TIME.has(name)) hook.tap({ stage: 'early' }, () => record(name));
      }
    },
  })();

/** Runs a plot, or only checks, and records which hooks are called in which phase. */
export const recordLifecycle = async (
  what: 'run' | 'check',
  plot: Plot = {},
): Promise<Recording> => {
  const phases: RecordedPhase[] = [];
  let hooks: string[] = [];
  let turn = 0;
  let runner: Runner | undefined = undefined;
  const record = (hook: keyof PluginHooks): void => {
    hooks.push(hook);
    if (plot.signalIn === hook) {
      turn += 1;
      if (turn === (plot.signalTurn ?? 1)) runner?.drain('SIGTERM');
    }
    if (plot.failing?.includes(hook)) throw new Error('it fails');
  };
  const endPhase = (line: string): void => {
    const { event, name } = JSON.parse(line) as { event?: string; name?: string };
    if (event !== 'phase' || name === undefined) return;
    // It is asked between two phases, and belongs to the one that has ended.
    const last = phases.at(-1);
    if (last && hooks[0] === 'resolveNext') last.hooks.push('resolveNext');
    const own = hooks.filter((hook) => hook !== 'resolveNext');
    if (own.length > 0) phases.push({ phase: name, hooks: own });
    hooks = [];
  };
  const stage = definePlugin({
    name: 'stage',
    setup: (context) => playRunner(context.hooks, plot),
  });
  runner = createRunner({
    config: { plugins: [recorder(record), stage()] },
    environment: { LOG_FORMAT: 'json' },
    write: endPhase,
    effects,
  });
  if (what === 'run') return { phases, exitCode: (await runner.run()).exitCode };
  await runner.check();
  return { phases: [{ phase: 'configure', hooks }], exitCode: 0 };
};
