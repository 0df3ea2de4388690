import {
  createRunner,
  definePlugin,
  systemEffects,
  type Plugin,
  type RunResult,
  type RunnerStatus,
} from '@ci-runner/core';
import { cloudwatch } from '../src/index.ts';
import { handClock, until } from './hand-clock.ts';

/** A line of the log. */
export interface LogRecord {
  readonly event?: string;
  readonly message: string;
}

/** What a test does while the runner serves. */
export interface Hands {
  /** Lets so many seconds pass, and waits for the collection of metrics at their end. */
  readonly pass: (seconds: number) => Promise<void>;
  readonly status: () => Promise<RunnerStatus>;
  readonly records: readonly LogRecord[];
}

/** How a run has ended. */
export interface ScriptedRun {
  readonly result: RunResult;
  readonly records: readonly LogRecord[];
  /** The environment that jobs would get. */
  readonly ofJobs: Readonly<Record<string, string>>;
}

const REGISTRATION = { id: 1, name: 'test', labels: [] };

/** Runs a runner with the plugin for CloudWatch, and `plugins`, which is idle while `script` runs, and then drained. */
export const runScripted = async (
  variables: Readonly<Record<string, string>>,
  script: (hands: Hands) => Promise<void>,
  plugins: readonly Plugin[] = [],
): Promise<ScriptedRun> => {
  const records: LogRecord[] = [];
  const { clock, pass } = handClock();
  const collections = (): number => records.filter(({ event }) => event === 'metrics').length;
  let ofJobs: Readonly<Record<string, string>> = {};
  const serving = definePlugin({
    name: 'stub-runner',
    setup({ hooks }) {
      hooks.resolveRegistration.tap(() => REGISTRATION);
      hooks.resolveServed.tap(async ({ events, environment }) => {
        ofJobs = environment;
        await events.idle();
        await until(() => collections() > 0);
        await script({
          records,
          status: async () => runner.status(),
          pass: async (seconds) => {
            const before = collections();
            await pass(seconds);
            await until(() => collections() > before);
          },
        });
        runner.drain('the test is over');
        return new Promise<never>(() => {});
      });
      hooks.resolveDrained.tap(() => ({
        deregistered: true,
        jobWasRunning: false,
        jobResult: undefined,
      }));
    },
  });
  const runner = createRunner({
    config: { plugins: [cloudwatch(), ...plugins, serving()] },
    environment: {
      GH_REPOSITORY: 'octo/app',
      LOG_FORMAT: 'json',
      CI_RUNNER_USER: 'nobody',
      ...variables,
    },
    write: (line) => records.push(JSON.parse(line) as LogRecord),
    effects: { ...systemEffects, clock },
  });
  return { result: await runner.run(), records, ofJobs };
};

/** The messages of the log that have this in them. */
export const messages = (records: readonly LogRecord[], part: string): string[] =>
  records.map(({ message }) => message).filter((message) => message.includes(part));
