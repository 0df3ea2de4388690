import type { Clock, Logger } from '@ci-runner/core';
import { describeOutcome, type Outcome } from './answer.ts';
import { retryDelayMs } from './retry.ts';

/** How long and with what {@link requestPatiently} tries. */
export interface Patience {
  readonly clock: Clock;
  readonly log: Logger;
  /** No new attempt begins after this moment, in milliseconds since the epoch. */
  readonly end: number;
  readonly signal?: AbortSignal;
  /** See RetryMoment. */
  readonly spread?: number;
  /** Which failures may be repeated. @default all that a repetition can mend */
  readonly repeats?: (outcome: Outcome) => boolean;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/** Makes a request until it has an answer that repeating would not change, or until the limit; then the last attempt. */
export const requestPatiently = async <Attempt extends { readonly outcome: Outcome }>(
  makeAttempt: () => Promise<Attempt>,
  { clock, log, end, signal, spread, repeats, random = Math.random }: Patience,
): Promise<Attempt> => {
  for (let failures = 0; ; failures += 1) {
    const attempt = await makeAttempt();
    const { outcome } = attempt;
    const delay = retryDelayMs(outcome, {
      failures,
      now: clock.now(),
      random: random(),
      ...(spread === undefined ? {} : { spread }),
    });
    if (delay === undefined || clock.now() + delay > end) return attempt;
    if (repeats && !repeats(outcome)) return attempt;
    log.warn(`GitHub: ${describeOutcome(outcome)}; next attempt in ${Math.ceil(delay / 1000)} s`);
    await clock.sleep(delay, signal);
  }
};
