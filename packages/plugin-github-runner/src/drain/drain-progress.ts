import type { Clock, Logger, StatusItem } from '@ci-runner/core';

/**
 * The steps of a drain, in order: `delay` (DEBUG_SHUTDOWN_DELAY_SEC), `cordon` (remove the labels), `wait` (for the end of
 * the job), `deregister`, `settle` (a job that was given away before), `interrupt` (SIGINT to the Listener), `clean-up`,
 * `done`. `limit` is GH_DRAIN_TIMEOUT_SEC.
 */
export type DrainStep =
  | 'delay'
  | 'cordon'
  | 'wait'
  | 'deregister'
  | 'settle'
  | 'limit'
  | 'interrupt'
  | 'clean-up'
  | 'done';

/** Where a drain is. */
export interface DrainProgress {
  /** Why we drain, in words. */
  readonly reason: string;
  /** Takes another reason that weighs more, as a stop during the drain for an update. */
  changeReason(reason: string): void;
  /** Logs that a step begins. */
  enter(step: DrainStep, message: string): void;
  /** Undefined before the first step. */
  status(): StatusItem | undefined;
}

/** Makes the progress of a drain that has not begun. */
export const createDrainProgress = (first: string, clock: Clock, log: Logger): DrainProgress => {
  let reason = first;
  let current: { step: DrainStep; since: number } | undefined;
  return {
    get reason() {
      return reason;
    },
    changeReason: (other) => {
      reason = other;
    },
    enter: (step, message) => {
      current = { step, since: clock.now() };
      log.info(message, { event: 'drain-step', step });
    },
    status: () => current && { name: 'drain', healthy: true, facts: { reason, ...current } },
  };
};
