import type { Clock, Logger } from '@ci-runner/core';
import { describeOutcome } from '../api/answer.ts';
import { retryDelayMs } from '../api/retry.ts';
import type { RunnerRegistration } from '../registration/runner-registration.ts';

/** What {@link createCordon} needs. */
export interface CordonDeps {
  readonly record: Pick<RunnerRegistration, 'name' | 'removeLabels'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Keeps new jobs away from a runner by removing the labels that they ask for. */
export interface Cordon {
  /** One attempt, unless an earlier one has settled it or GitHub wants to be left alone; answers whether it succeeded. */
  attempt(): Promise<boolean>;
  /**
   * In how many milliseconds another attempt makes sense; undefined when none does, or when GitHub was given a fair chance:
   * a broken call must not keep the runner from its end.
   */
  retryIn(): number | undefined;
}

const FAIR_CHANCE = 5;
const LONGEST_WAIT_MS = 30_000;

/**
 * Makes a cordon that has not been tried. GitHub routes a job to an idle runner that has all of its labels; those for the
 * runner's system cannot be removed. No failure is an error: what is refused for good is not tried again.
 *
 * @see https://docs.github.com/en/rest/actions/self-hosted-runners
 */
export const createCordon = ({ record, clock, log }: CordonDeps): Cordon => {
  let settled = false;
  let failures = 0;
  let notBefore = Number.NEGATIVE_INFINITY;
  return {
    retryIn: () => {
      const ms = Math.max(notBefore - clock.now(), 0);
      return settled || failures >= FAIR_CHANCE || ms > LONGEST_WAIT_MS ? undefined : ms;
    },
    attempt: async () => {
      if (settled || clock.now() < notBefore) return false;
      const removal = await record.removeLabels();
      if (removal === 'absent') {
        settled = true;
        return false;
      }
      const { outcome, remaining } = removal;
      if (remaining !== undefined) {
        settled = true;
        const open =
          remaining.length === 0
            ? 'no job can be meant for it any more'
            : `jobs that ask for nothing but ${remaining.join(', ')} may still come`;
        log.info(`the labels of runner ${record.name} are removed: ${open}`);
        return true;
      }
      const moment = { failures, now: clock.now(), random: Math.random() };
      const delay = retryDelayMs(outcome, moment);
      failures += 1;
      settled = delay === undefined;
      notBefore = clock.now() + (delay ?? 0);
      log.warn(
        `GitHub did not remove the labels of runner ${record.name}: ${describeOutcome(outcome)}; new jobs may come until it is deregistered`,
      );
      return false;
    },
  };
};
