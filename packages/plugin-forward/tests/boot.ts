import { createRunner, definePlugin, type Plugin, type RunResult } from '@ci-runner/core';
import { onTestFinished } from 'vitest';

/** A log line with `LOG_FORMAT=json`. */
type LogRecord = Readonly<Record<string, unknown>> & { readonly message: string };

export interface Booted {
  readonly records: readonly LogRecord[];
  /** Drains; resolves when everything is released. */
  readonly stop: () => Promise<RunResult>;
}

export interface BootAttempt extends Omit<Booted, 'stop'> {
  readonly result: RunResult;
}

const REGISTRATION = { id: 1, name: 'test', labels: [] };

type DuringDrain = () => Promise<void>;

const stubRunner = (onServe: () => void, duringDrain?: DuringDrain): Plugin =>
  definePlugin({
    name: 'stub-runner',
    setup({ hooks }) {
      hooks.resolveRegistration.tap(() => REGISTRATION);
      hooks.resolveServed.tap(async ({ events }) => {
        await events.idle();
        onServe();
        return new Promise<never>(() => {});
      });
      hooks.resolveDrained.tap(async () => {
        await duringDrain?.();
        return { deregistered: true, jobWasRunning: false, jobResult: undefined };
      });
    },
  })();

const start = (
  plugins: Plugin | readonly Plugin[],
  variables: Readonly<Record<string, string>>,
  duringDrain?: DuringDrain,
): {
  records: LogRecord[];
  serving: Promise<void>;
  ended: Promise<RunResult>;
  drain: () => boolean;
} => {
  const records: LogRecord[] = [];
  const serving = Promise.withResolvers<void>();
  const runner = createRunner({
    config: { plugins: [...[plugins].flat(), stubRunner(serving.resolve, duringDrain)] },
    environment: {
      PATH: '/usr/bin:/bin',
      LOG_FORMAT: 'json',
      CI_RUNNER_USER: 'nobody',
      ...variables,
    },
    write: (line) => records.push(JSON.parse(line) as LogRecord),
  });
  const ended = runner.run();
  return {
    records,
    serving: serving.promise,
    ended,
    drain: () => runner.drain('the test is over'),
  };
};

/** Boots a runner with these plugins until it serves; it is stopped with the test. */
export const boot = async (
  plugins: Plugin | readonly Plugin[],
  variables: Readonly<Record<string, string>>,
  duringDrain?: DuringDrain,
): Promise<Booted> => {
  const { records, serving, ended, drain } = start(plugins, variables, duringDrain);
  const stop = async (): Promise<RunResult> => {
    drain();
    return ended;
  };
  onTestFinished(async () => {
    await stop();
  });
  const failed = await Promise.race([serving, ended]);
  if (failed) throw failed.error ?? new Error('the boot ended');
  return { records, stop };
};

/** Runs a runner whose boot is expected to fail. */
export const bootToEnd = async (
  plugin: Plugin,
  variables: Readonly<Record<string, string>>,
): Promise<BootAttempt> => {
  const { records, ended } = start(plugin, variables);
  return { records, result: await ended };
};
