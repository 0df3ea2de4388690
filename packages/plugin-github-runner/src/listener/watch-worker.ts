import type { Clock } from '@ci-runner/core';
import type { TrackedJob } from './job-tracker.ts';

/** What {@link watchWorker} needs. */
export interface WatchWorkerDeps {
  readonly clock: Clock;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  readonly workerAlive: () => boolean;
  /** Is told that the job's Worker is gone and no result was reported. */
  readonly onVanished: (job: TrackedJob) => void;
}

const LOOK_EVERY_MS = 2_000;

/** The Listener prints the result right after the Worker's end. */
const RESULT_LIMIT_MS = 10_000;

/** Between `Running job` and the Worker's start lies the first renewal of the job's lock, which is tried several times. */
const START_LIMIT_MS = 3 * 60_000;

/**
 * Notices that a job is over although the Listener never prints its result: three of its paths do not
 * (JobDispatcher.cs: lock renewal fails, cancelled before the Worker's start, the job message is not taken).
 */
export const watchWorker = async (
  job: TrackedJob,
  { clock, signal, workerAlive, onVanished }: WatchWorkerDeps,
): Promise<void> => {
  let aliveAt = clock.now();
  let limitMs = START_LIMIT_MS;
  while (job.result === undefined && !signal.aborted) {
    const alive = workerAlive();
    if (alive) aliveAt = clock.now();
    if (alive || job.hookReported) limitMs = RESULT_LIMIT_MS;
    if (!alive && clock.now() - aliveAt >= limitMs) {
      onVanished(job);
      return;
    }
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
  }
};
