import { isRunnerError, type Clock, type Logger } from '@ci-runner/core';
import { retryDelayMs } from '../api/retry.ts';

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

/**
 * Registers the runner; while GitHub is out of reach again and again, and never over an attempt that may have left a
 * runner.
 *
 * @throws RunnerError SERVICE_UNAVAILABLE when it stays so, and whatever else `configure` throws.
 */
export const configurePatiently = async <Result>(
  spec: PatientConfiguration<Result>,
): Promise<Result> => {
  const { configure, undo, clock, log, signal, end } = spec;
  let lost: unknown;
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
    const noAnswer = { status: undefined, message: '' } as const;
    const moment = { failures, now: clock.now(), random: Math.random() };
    const delay = retryDelayMs(noAnswer, moment) ?? 0;
    if (clock.now() + delay > end) throw lost;
    log.warn(`GitHub could not be reached; next attempt in ${Math.ceil(delay / 1000)} s`);
    await clock.sleep(delay, signal);
  }
};
