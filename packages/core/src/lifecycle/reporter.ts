import type { Clock } from '../effects/clock.ts';
import type { RunnerError } from '../errors/runner-error.ts';
import type { Caller } from '../hooks/guard.ts';
import type { LifecycleHooks } from '../hooks/lifecycle-hooks.ts';
import type { Logger } from '../log/logger.ts';
import type { DrainSwitch } from './drain-switch.ts';

/** What telling of failures needs of the run. */
export interface ReporterInput {
  readonly hooks: LifecycleHooks;
  readonly log: Logger;
  readonly clock: Clock;
  readonly drain: DrainSwitch;
  readonly callerFor: (signal: AbortSignal) => Caller;
}

/** Tells of failures that do not end the run, or that have ended it. */
export interface Reporter {
  /** Logs them, and tells the plugins without waiting for those. */
  readonly report: (errors: readonly RunnerError[]) => void;
  /** Resolves when the plugins are done with what they were told, or have had their time. */
  readonly settled: () => Promise<void>;
}

/** Nothing that is still held waits longer than this for plugins that only observe, in milliseconds. */
const PATIENCE_MS = 3_000;
const GRACE_MS = 1_000;

/** Makes a reporter; a plugin that fails at being told is only logged. */
export const createReporter = ({
  hooks,
  log,
  clock,
  drain,
  callerFor,
}: ReporterInput): Reporter => {
  const pending = new Set<Promise<void>>();
  let patience = new AbortController();
  const write = (errors: readonly RunnerError[]): void => {
    for (const error of errors) {
      // The one that made the run drain was logged when it was met.
      if (error !== drain.failure) log.error(error.message, { code: error.code });
    }
  };
  const tell = async (error: RunnerError): Promise<void> => {
    const caller = { ...callerFor(patience.signal), abortGraceMs: GRACE_MS };
    write((await hooks.onError.call(error, caller)).errors);
  };
  return {
    report: (errors) => {
      write(errors);
      for (const error of errors) {
        const told = tell(error).finally(() => pending.delete(told));
        pending.add(told);
      }
    },
    settled: async () => {
      if (pending.size === 0) return;
      const ended = new AbortController();
      const giveUp = (): void => patience.abort(new Error('the run does not wait for it'));
      clock.sleep(PATIENCE_MS, ended.signal).then(giveUp, () => {});
      await Promise.all(pending);
      ended.abort();
      patience = new AbortController();
    },
  };
};
