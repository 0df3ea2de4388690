import { isRunnerError, type Clock, type Logger } from '@ci-runner/core';
import { retryDelayMs, type RetryMoment } from '../api/retry.ts';
import { START_SPREAD } from '../api/runners-api.ts';
import { RateLimitedError } from './rate-limited-error.ts';

/** What {@link configurePatiently} needs. */
export interface PatientConfiguration<Result> {
  /** Registers the runner once; SERVICE_UNAVAILABLE lets it be tried again. */
  readonly configure: () => Promise<Result>;
  /** Removes what the attempt before left on GitHub, however long GitHub asks to wait until `end`; answers whether that is confirmed. */
  readonly undo: () => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** No attempt begins after this moment, in milliseconds since the epoch. */
  readonly end: number;
}

const NO_ANSWER = { status: undefined, message: '' } as const;

/** What config.sh shows of GitHub's refusal is its status alone. */
const REFUSED = { status: 429, headers: {}, message: '', body: undefined } as const;

const delayAfter = (error: Error, moment: RetryMoment): number => {
  const delay =
    error instanceof RateLimitedError
      ? retryDelayMs(REFUSED, { ...moment, spread: START_SPREAD })
      : retryDelayMs(NO_ANSWER, moment);
  return delay ?? 0;
};

/**
 * Registers the runner; while GitHub is out of reach or limits requests again and again, and never over an attempt that may have left a
 * runner.
 *
 * @throws RunnerError SERVICE_UNAVAILABLE when it stays so, and whatever else `configure` throws.
 */
export const configurePatiently = async <Result>(
  spec: PatientConfiguration<Result>,
): Promise<Result> => {
  const { configure, undo, clock, log, signal, end } = spec;
  let lost: Error | undefined;
  for (let failures = 0; ; failures += 1) {
    signal.throwIfAborted();
    // Another look before GitHub's time is over would be one more refused call.
    if (lost !== undefined && !(await undo())) throw lost;
    try {
      return await configure();
    } catch (error) {
      if (!isRunnerError(error) || error.code !== 'SERVICE_UNAVAILABLE') throw error;
      lost = error;
    }
    const delay = delayAfter(lost, { failures, now: clock.now(), random: Math.random() });
    if (clock.now() + delay > end) throw lost;
    const why = lost instanceof RateLimitedError ? 'limits requests' : 'could not be reached';
    log.warn(`GitHub ${why}; next attempt in ${Math.ceil(delay / 1000)} s`);
    await clock.sleep(delay, signal);
  }
};
