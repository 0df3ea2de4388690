import type { Clock } from '../effects/clock.ts';
import { RunnerError } from '../errors/runner-error.ts';

/** What ends the wait for a plugin that is asked outside of all hooks. */
export interface Limit {
  readonly clock: Clock;
  /** Aborts when the result is no longer wanted. */
  readonly signal: AbortSignal;
}

const LIMIT_MS = 30_000;

/**
 * Waits for a plugin's work, which may go on for ever.
 *
 * @throws RunnerError HOOK_TIMED_OUT after 30 s; its message is a phrase that follows what the plugin does.
 * @throws the reason of `signal` when that aborts.
 */
export const withinLimit = async <Result>(
  { clock, signal }: Limit,
  work: () => Result | Promise<Result>,
): Promise<Result> => {
  signal.throwIfAborted();
  const ended = new AbortController();
  const aborted = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => aborted.reject(signal.reason), { signal: ended.signal });
  const overdue = clock.sleep(LIMIT_MS, ended.signal).then(() => {
    throw new RunnerError('HOOK_TIMED_OUT', `did not end within ${LIMIT_MS} ms`);
  });
  // It has no reader once the work has ended.
  overdue.catch(() => {});
  try {
    return await Promise.race([Promise.try(work), aborted.promise, overdue]);
  } finally {
    ended.abort();
  }
};
