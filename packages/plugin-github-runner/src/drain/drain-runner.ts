import type { Clock, Drained, Logger } from '@ci-runner/core';
import { removeConfigFiles } from '../registration/config-files.ts';
import type { RunnerRegistration } from '../registration/runner-registration.ts';
import { UNKNOWN_RESULT, type JobTracker } from '../listener/job-tracker.ts';
import type { Listener } from '../listener/listener.ts';
import { untilIdle } from './until-idle.ts';

/** A runner to drain. */
export interface DrainSpec {
  readonly record: RunnerRegistration;
  /** Where the actions-runner is installed. */
  readonly directory: string;
  /** What serves; undefined when nothing was started yet. */
  readonly serving:
    | { readonly listener: Listener; readonly tracker: Pick<JobTracker, 'job' | 'settled'> }
    | undefined;
}

/** How a drain is done. */
export interface DrainManner {
  readonly clock: Clock;
  readonly log: Logger;
  /** In words for the log. */
  readonly reason: string;
  /** Before anything else, in seconds. */
  readonly delaySeconds: number;
  /** How long GitHub may fail to delete the idle runner before it is stopped all the same, in milliseconds. */
  readonly patienceMs: number;
  /** Is awaited before the first attempt to delete the registration. */
  readonly deregistering: () => Promise<void>;
}

/** How the service host of the actions-runner stops it too: SIGINT, and SIGKILL after 30 seconds. */
const STOP_LIMIT_MS = 30_000;

/** 2: a clean stop whose session was deleted before; 130, 143 and an own SIGINT: the signal was quicker than its handler. */
const CLEAN_EXITS = new Set([0, 1, 2, 130, 143]);

const countDown = async ({ clock, log, delaySeconds }: DrainManner): Promise<void> => {
  for (let left = delaySeconds; left > 0; left -= 1) {
    log.info(`the drain begins in ${left} s (DEBUG_SHUTDOWN_DELAY_SEC)`);
    await clock.sleep(1_000);
  }
};

const stopListener = async (listener: Listener, { clock, log }: DrainManner): Promise<void> => {
  listener.interrupt();
  const limit = new AbortController();
  const overdue = clock.sleep(STOP_LIMIT_MS, limit.signal).then(
    () => true,
    () => false,
  );
  if (await Promise.race([overdue, listener.exited.then(() => false)])) {
    log.warn(`the Listener did not stop within ${STOP_LIMIT_MS / 1000} s and is killed`);
    listener.killGroup();
  }
  limit.abort();
  const { code, signal } = await listener.exited;
  if (code !== null && !CLEAN_EXITS.has(code)) log.warn(`the Listener stopped with code ${code}`);
  if (signal !== null && signal !== 'SIGINT') log.warn(`the Listener was ended by ${signal}`);
  await listener.ended;
};

const noJob: Pick<JobTracker, 'job' | 'settled'> = { job: undefined, settled: async () => {} };

/**
 * Ends a runner without losing a job: waits until none runs, deletes the registration, and only then stops the Listener,
 * because a stop cancels a job and a deleted runner gets none.
 */
export const drainRunner = async (spec: DrainSpec, manner: DrainManner): Promise<Drained> => {
  const { serving, record, directory } = spec;
  const { clock, log, reason } = manner;
  const begun = clock.now();
  const tracker = serving?.tracker ?? noJob;
  const workerAlive = async (): Promise<boolean> =>
    (await serving?.listener.workerAlive()) ?? false;
  const job = tracker.job;
  const jobWasRunning = job !== undefined || (await workerAlive());
  const idle = async (): Promise<boolean> => untilIdle({ tracker, workerAlive, clock, log });

  await countDown(manner);
  await idle();
  await manner.deregistering();
  const deregistered = await record.remove({ untilIdle: idle, patienceMs: manner.patienceMs });
  // A job that GitHub had given away before the delete may begin only now.
  await idle();
  if (serving) await stopListener(serving.listener, manner);
  await removeConfigFiles(directory);

  const jobResult = job?.result;
  const ms = Math.round(clock.now() - begun);
  const story = jobWasRunning ? `its job ended: ${jobResult ?? UNKNOWN_RESULT}` : 'no job ran';
  log.info(`drained (${reason}): ${story}`, {
    event: 'drained',
    reason,
    jobWasRunning,
    jobResult,
    ms,
  });
  return { deregistered, jobWasRunning, jobResult };
};
