import type { Clock, Logger } from '@ci-runner/core';
import type { JobTracker } from '../listener/job-tracker.ts';

/** What {@link untilIdle} needs. */
export interface IdleSpec {
  readonly tracker: Pick<JobTracker, 'job' | 'settled'>;
  readonly workerAlive: () => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Logger;
}

const LOOK_EVERY_MS = 300;
const SAY_EVERY_MS = 60_000;

/**
 * Waits until this machine runs no job: no live Worker, no job without a result in the Listener's output, nothing left to
 * tell about the last one. GitHub's own flag is not asked, because it can be wrong for minutes. Answers whether a job ran.
 */
export const untilIdle = async ({
  tracker,
  workerAlive,
  clock,
  log,
}: IdleSpec): Promise<boolean> => {
  const busy = async (): Promise<boolean> => tracker.job !== undefined || workerAlive();
  let waited = false;
  let sayAt = clock.now();
  for (;;) {
    while (await busy()) {
      waited = true;
      if (clock.now() >= sayAt) {
        sayAt += SAY_EVERY_MS;
        log.info(`waiting for the end of ${tracker.job ? `job "${tracker.job.name}"` : 'a job'}`);
      }
      await clock.sleep(LOOK_EVERY_MS);
    }
    await tracker.settled();
    if (!(await busy())) return waited;
  }
};
