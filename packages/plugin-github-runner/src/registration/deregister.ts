import type { Clock, Logger } from '@ci-runner/core';
import { describeOutcome, type Outcome } from '../api/answer.ts';
import { isRateLimited, retryDelayMs } from '../api/retry.ts';
import type { Look, RunnersApi } from '../api/runners-api.ts';

/** What {@link deleteUntilGone} needs. */
export interface DeleteSpec {
  readonly api: Pick<RunnersApi, 'deleteRunner' | 'findRunner'>;
  readonly name: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whether a request that registers it may still be under way, so that one look at the list is not enough. */
  readonly mayAppear: boolean;
  /**
   * Waits until no job runs here; answers whether one ran. Called before every attempt; `doubted` after GitHub said that a
   * job runs.
   */
  readonly untilIdle: (doubted: boolean) => Promise<boolean>;
  /** Ends the attempts; what is under way is waited for. */
  readonly signal?: AbortSignal | undefined;
  /** GitHub's id of the runner, where its list was asked before. */
  readonly id?: number | undefined;
  /** After this long without success and without a job it is given up, in milliseconds. */
  readonly patienceMs: number;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/** How a deletion ended; `kept` when GitHub has not confirmed it, `absent` when there was nothing to delete. */
export type Deletion = 'deleted' | 'absent' | 'kept';

/** A refused delete costs five times as much of the rate limit as a read. */
const FIRST_BUSY_DELAY_MS = 2_000;
const LONGEST_BUSY_DELAY_MS = 30_000;

const SECOND_LOOK_MS = 3_000;

/** Errors that more attempts rarely mend, such as a revoked token. */
const STUBBORN_DELAY_MS = 30_000;

/** How long a token without access may get it back, in milliseconds; jobs that run meanwhile do not mend it. */
const REFUSED_PATIENCE_MS = 3 * 60_000;

/** Whether the token has no access: GitHub answers 404 too to those who may not know of a repository. */
const isRefused = (outcome: Outcome): boolean =>
  outcome.status === 401 ||
  outcome.status === 404 ||
  (outcome.status === 403 && !isRateLimited(outcome));

/** Makes single attempts; they remember the id. */
const attempter = ({ api, name, mayAppear, clock, id: known }: DeleteSpec) => {
  let id = known;
  const look = async (): Promise<Look> => {
    const first = await api.findRunner(name);
    if (first.id !== null || !mayAppear) return first;
    await clock.sleep(SECOND_LOOK_MS);
    return api.findRunner(name);
  };
  return async (): Promise<Outcome | Deletion> => {
    if (id === undefined) {
      const found = await look();
      if (found.id === null) return 'absent';
      if (found.id === undefined) return found.outcome;
      id = found.id;
    }
    const outcome = await api.deleteRunner(id);
    if (outcome.status === 204) return 'deleted';
    if (outcome.status !== 404) return outcome;
    const listed = await look();
    return listed.id === null ? 'absent' : outcome;
  };
};

/**
 * Deletes the registration until GitHub confirms that it is gone. GitHub's 422 says that it has given the runner a job
 * which this machine need not have seen yet; its 404 that somebody else deleted the runner, or that the token has no
 * access, so that the list of runners decides. The id comes from that list too: guest's `.runner` is not asked, because a
 * job could put there whom the token deletes. No failure is an error.
 *
 * @throws the AbortError of `signal`.
 */
export const deleteUntilGone = async (spec: DeleteSpec): Promise<Deletion> => {
  const { name, clock, log, untilIdle, patienceMs, signal, random = Math.random } = spec;
  const attempt = attempter(spec);
  let failures = 0;
  let since = clock.now();
  let refusedSince: number | undefined;
  let doubted = false;
  for (;;) {
    if (await untilIdle(doubted)) {
      failures = 0;
      since = clock.now();
    }
    const outcome = await attempt();
    if (typeof outcome === 'string') return outcome;
    doubted = outcome.status === 422;
    if (doubted) refusedSince = undefined;
    else if (isRefused(outcome)) refusedSince ??= clock.now();
    const delay =
      outcome.status === 422
        ? Math.min(FIRST_BUSY_DELAY_MS * 2 ** failures, LONGEST_BUSY_DELAY_MS)
        : (retryDelayMs(outcome, { failures, now: clock.now(), random: random() }) ??
          STUBBORN_DELAY_MS);
    failures += 1;
    const what = `GitHub did not delete runner ${name}: ${describeOutcome(outcome)}`;
    const end = Math.min(since + patienceMs, (refusedSince ?? Infinity) + REFUSED_PATIENCE_MS);
    if (clock.now() + delay > end) {
      log.error(
        `${what}; given up. It may still be registered: GitHub removes it by itself when it was offline for two weeks`,
      );
      return 'kept';
    }
    log.warn(`${what}; next attempt in ${Math.ceil(delay / 1000)} s`);
    await clock.sleep(delay, signal);
  }
};
