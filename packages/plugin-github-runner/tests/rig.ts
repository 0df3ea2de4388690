import { setTimeout as sleep } from 'node:timers/promises';
import {
  createRunner,
  definePlugin,
  systemEffects,
  type Clock,
  type Plugin,
  type PluginHooks,
  type RunResult,
  type StatusItem,
} from '@ci-runner/core';
import { onTestFinished } from 'vitest';
import {
  startGitHub,
  type EmbeddedGitHub,
  type GitHubOptions,
  type QueuedJob,
} from '@ci-runner/sandbox';
import { githubRunner } from '../src/index.ts';
import { killProcesses, makeMachine, type Machine } from './machine.ts';

/** A log line with `LOG_FORMAT=json`. */
export type LogRecord = Readonly<Record<string, unknown>> & { readonly message: string };

export interface Rig {
  readonly github: EmbeddedGitHub;
  readonly machine: Machine;
  readonly records: LogRecord[];
  /** Everything that was logged, as one text. */
  log(): string;
  event(name: string): LogRecord | undefined;
  queue(script: string, name?: string): QueuedJob;
  drain(reason?: string): boolean;
  /** What the plugin says of `name`, such as its drain. */
  status(name: string): Promise<StatusItem | undefined>;
  /** Resolves when everything is released. */
  readonly ended: Promise<RunResult>;
}

export interface RigOptions {
  readonly variables?: Readonly<Record<string, string>>;
  /** Sets up the embedded GitHub. */
  readonly gitHub?: GitHubOptions;
  /** Taps hooks beside the plugin under test. */
  readonly tap?: (hooks: PluginHooks) => void;
  /** @default the machine's own */
  readonly clock?: Clock;
  /** Changes the machine before the run. */
  readonly prepare?: (machine: Machine, github: EmbeddedGitHub) => Promise<void>;
  /** Is called with every record before the run goes on: a hurried clock leaves no time to look for it. */
  readonly onRecord?: (record: LogRecord, github: EmbeddedGitHub) => void;
}

const tester = (tap: (hooks: PluginHooks) => void): Plugin =>
  definePlugin({ name: 'tester', early: true, setup: ({ hooks }) => tap(hooks) })();

/** Runs the plugin against an embedded GitHub; all of it ends with the test. */
export const startRig = async ({
  variables = {},
  gitHub = {},
  tap,
  clock = systemEffects.clock,
  prepare,
  onRecord,
}: RigOptions = {}): Promise<Rig> => {
  const github = await startGitHub(gitHub);
  onTestFinished(async () => github.close());
  const machine = await makeMachine();
  await prepare?.(machine, github);
  const records: LogRecord[] = [];
  const runner = createRunner({
    config: { plugins: [githubRunner(), tap && tester(tap)] },
    environment: {
      PATH: process.env['PATH'],
      LOG_FORMAT: 'json',
      GH_TOKEN: github.token,
      GH_HOST: github.url,
      GH_REPOSITORY: 'octo/app',
      GH_LABELS: 'linux,x64',
      GH_RUNNER_DIRECTORY: machine.runnerDirectory,
      CI_RUNNER_WORK_DIR: machine.workDir,
      CI_RUNNER_CACHE_DIR: machine.cacheDir,
      CI_RUNNER_USER: machine.guest,
      GH_DRAIN_QUIET_SEC: '0',
      // A hurried clock would let it fill the log of requests.
      GH_SWEEP_OFFLINE_RUNNERS: 'false',
      ...variables,
    },
    effects: { ...systemEffects, clock },
    write: (line) => {
      const record = JSON.parse(line) as LogRecord;
      records.push(record);
      onRecord?.(record, github);
    },
  });
  const ended = runner.run();
  onTestFinished(async () => {
    runner.drain('the test is over');
    // A test that failed may have left a job that never ends.
    const stuck = await Promise.race([ended.then(() => false), sleep(5_000, true, { ref: false })]);
    if (stuck) await killProcesses(machine);
    await ended;
  });
  return {
    github,
    machine,
    records,
    ended,
    log: () => records.map((record) => record.message).join('\n'),
    event: (name) => records.find((record) => record['event'] === name),
    queue: (script, name = 'build') =>
      github.queueJob({ name, labels: ['linux'], steps: [{ run: script }] }),
    drain: (reason = 'SIGTERM') => runner.drain(reason),
    status: async (name) => {
      const { plugins } = await runner.status();
      return plugins['github-runner']?.items.find((item) => item.name === name);
    },
  };
};
