import type { Clock, Logger } from '@ci-runner/core';
import { describeOutcome } from '../api/client.ts';
import { isRateLimited, retryDelayMs, type Answer, type NoAnswer } from '../api/retry.ts';
import type { RunnersApi } from '../api/runners-api.ts';

/** What {@link deleteUntilGone} needs. */
export interface DeleteSpec {
  readonly api: Pick<RunnersApi, 'deleteRunner' | 'hasRunner'>;
  readonly id: number;
  readonly name: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Waits until no job runs here; answers whether one ran. Called before every attempt. */
  readonly untilIdle: () => Promise<boolean>;
  /** After this long without success and without a job it is given up, in milliseconds. */
  readonly patienceMs: number;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/** A refused delete costs five times as much of the rate limit as a read. */
const FIRST_BUSY_DELAY_MS = 2_000;
const LONGEST_BUSY_DELAY_MS = 30_000;

/** Errors that more attempts rarely mend, such as a revoked token. */
const STUBBORN_DELAY_MS = 30_000;

/** How long a token without access may get it back, in milliseconds. */
const REFUSED_PATIENCE_MS = 3 * 60_000;

/** Whether the token has no access: GitHub answers 404 too to those who may not know of a repository. */
const isRefused = (outcome: Answer | NoAnswer): boolean =>
  outcome.status === 401 ||
  outcome.status === 404 ||
  (outcome.status === 403 && !isRateLimited(outcome));

/**
 * Deletes the registration until GitHub confirms that it is gone. GitHub's 422 says that it has given the runner a job
 * which this machine need not have seen yet; its 404 that somebody else deleted the runner, or that the token has no
 * access, so that the list of runners decides. No failure is an error: answers whether it is gone.
 */
export const deleteUntilGone = async (spec: DeleteSpec): Promise<boolean> => {
  const { api, id, name, clock, log, untilIdle, patienceMs, random = Math.random } = spec;
  let failures = 0;
  let since = clock.now();
  let refusedSince: number | undefined;
  for (;;) {
    if (await untilIdle()) {
      failures = 0;
      since = clock.now();
      refusedSince = undefined;
    }
    const outcome = await api.deleteRunner(id);
    if (outcome.status === 204) return true;
    if (outcome.status === 404 && (await api.hasRunner(name)) === false) return true;
    if (outcome.status === 422) refusedSince = undefined;
    else if (isRefused(outcome)) refusedSince ??= clock.now();
    const delay =
      outcome.status === 422
        ? Math.min(FIRST_BUSY_DELAY_MS * 2 ** failures, LONGEST_BUSY_DELAY_MS)
        : (retryDelayMs(outcome, { failures, now: clock.now(), random: random() }) ??
          STUBBORN_DELAY_MS);
    failures += 1;
    const what = `GitHub did not delete runner ${id}: ${describeOutcome(outcome)}`;
    const end = Math.min(since + patienceMs, (refusedSince ?? Infinity) + REFUSED_PATIENCE_MS);
    if (clock.now() + delay > end) {
      log.error(
        `${what}; given up. ${name} may still be registered: GitHub removes it by itself when it was offline for two weeks`,
      );
      return false;
    }
    log.warn(`${what}; next attempt in ${Math.ceil(delay / 1000)} s`);
    await clock.sleep(delay);
  }
};
