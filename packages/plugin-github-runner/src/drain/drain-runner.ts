import type { Clock, Drained, Logger } from '@ci-runner/core';
import { UNKNOWN_RESULT } from '../listener/job-tracker.ts';
import type { RunnerRegistration } from '../registration/runner-registration.ts';
import { createCordon } from './cordon.ts';
import { countDown } from './count-down.ts';
import type { DrainProgress } from './drain-progress.ts';
import { createIdleWatch, type ServingRunner } from './idle-watch.ts';
import { BUSY_STOP_MS, IDLE_STOP_MS, stopListener } from './stop-listener.ts';

/** A runner to drain. */
export interface DrainSpec {
  readonly record: RunnerRegistration;
  /** Removes what its registration has left on the disk. */
  readonly removeFiles: () => Promise<void>;
  /** Whether the runner takes one job: then none can follow the one that runs. */
  readonly ephemeral: boolean;
  /** What serves; undefined when nothing was started yet. */
  readonly serving: ServingRunner | undefined;
}

/** How a drain is done. */
export interface DrainManner {
  readonly clock: Clock;
  readonly log: Logger;
  readonly progress: DrainProgress;
  /** Before anything else, in seconds. */
  readonly delaySeconds: number;
  /** How long no job may have been seen before the registration is deleted, and again before the stop, in milliseconds. */
  readonly quietMs: number;
  /** So long after the beginning the job that runs is cancelled, in milliseconds; undefined waits for it however long it takes. */
  readonly timeoutMs: number | undefined;
  /** The same, with {@link overdue} as its reason, where that time begins later than the drain. */
  readonly limit?: AbortSignal;
  /** When the machine goes, in milliseconds since the epoch, as far as that is known; told, and no limit. */
  readonly deadline?: number | undefined;
  /** How long GitHub may fail to delete the idle runner before it is stopped all the same, in milliseconds. */
  readonly patienceMs: number;
  /** Is awaited before the first attempt to delete the registration. */
  readonly deregistering: () => Promise<void>;
}

/** After its time limit a drain asks GitHub this long to delete the runner, in milliseconds. */
const LATE_PATIENCE_MS = 2 * 60_000;

/** Waits for `work`, but not longer than until `signal` aborts. */
const unlessAborted = async <Result>(
  signal: AbortSignal,
  work: Promise<Result>,
): Promise<Result> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const fail = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', fail, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', fail);
    work.catch(() => {});
  }
};

/**
 * Takes the runner away from GitHub without losing a job: the labels go, so that no new job is meant for it; then this
 * machine has to be idle for a while, so that a job on its way has shown itself; only then the registration is deleted, in
 * which GitHub can be wrong about a job that runs.
 *
 * @returns whether GitHub confirmed that the runner is gone.
 */
const retire = async (
  { record, serving, ephemeral }: DrainSpec,
  manner: DrainManner,
  signal: AbortSignal,
): Promise<boolean> => {
  const { clock, log, progress, quietMs, patienceMs } = manner;
  const watch = createIdleWatch({ serving, quietMs, clock, log });
  const cordon = serving && !ephemeral ? createCordon({ record, clock, log }) : undefined;
  /** A DELETE without a cordon could hit a job on its way: where the first attempt failed, the next ones come before it. */
  const untilCordoned = async (): Promise<boolean> => {
    for (;;) {
      if (await cordon?.attempt()) return true;
      const ms = cordon?.retryIn();
      if (ms === undefined) return false;
      await clock.sleep(ms, signal);
    }
  };
  const untilIdle = async (doubted: boolean): Promise<boolean> => {
    if (doubted) watch.restart();
    const ran = await watch.untilQuiet(signal);
    if (!(await untilCordoned())) return ran;
    // Jobs that were routed by the labels until this moment are still on their way.
    watch.restart();
    return (await watch.untilQuiet(signal)) || ran;
  };

  if (cordon) {
    progress.enter('cordon', `removing the labels of runner ${record.name}`);
    await unlessAborted(signal, cordon.attempt());
    watch.restart();
  }
  if (serving) {
    const job = serving.tracker.job;
    if (job && manner.deadline !== undefined) {
      const seconds = Math.max(0, Math.round((manner.deadline - clock.now()) / 1_000));
      log.warn(`job "${job.name}" still runs, and has ${seconds} s until the machine goes`);
    }
    progress.enter('wait', `waiting until no job was seen for ${quietMs / 1000} s`);
    await watch.untilQuiet(signal);
  }
  progress.enter('deregister', `deleting runner ${record.name}`);
  await unlessAborted(signal, manner.deregistering());
  const deregistered = await unlessAborted(
    signal,
    record.remove({ untilIdle, patienceMs, signal }),
  );
  if (serving) {
    progress.enter('settle', 'waiting for jobs that GitHub gave away before it deleted the runner');
    watch.restart();
    await watch.untilQuiet(signal);
  }
  return deregistered;
};

/** The reason of a limit. */
export const overdue = (timeoutMs: number): Error =>
  new Error(`the drain took ${timeoutMs / 1000} s (GH_DRAIN_TIMEOUT_SEC)`);

/** What is done when the time is over: the job that runs is cancelled, and the registration deleted all the same. */
const retireLate = async (
  { record, serving }: DrainSpec,
  manner: DrainManner,
  why: string,
): Promise<boolean> => {
  const { clock, log, progress } = manner;
  const running = serving?.tracker.job;
  const consequence = running ? `job "${running.name}" is cancelled` : 'the Listener is stopped';
  progress.enter('limit', `${why}: ${consequence}`);
  // Nobody is left to pass a SIGINT on to the job of a Listener that is dead.
  if (serving?.listener.hasExited()) serving.listener.killGroup();
  if (serving) await stopListener(serving.listener, { clock, log, limitMs: BUSY_STOP_MS });
  progress.enter('deregister', `deleting runner ${record.name}`);
  await manner.deregistering();
  return record.remove({ untilIdle: async () => false, patienceMs: LATE_PATIENCE_MS });
};

const withinLimit = async (spec: DrainSpec, manner: DrainManner): Promise<boolean> => {
  const { clock, timeoutMs, delaySeconds, progress } = manner;
  if (delaySeconds > 0) {
    progress.enter('delay', `the drain is put off by ${delaySeconds} s`);
    await countDown(delaySeconds, manner);
  }
  const own = new AbortController();
  const over = new AbortController();
  if (timeoutMs !== undefined) {
    clock.sleep(timeoutMs, over.signal).then(
      () => own.abort(overdue(timeoutMs)),
      () => {},
    );
  }
  const limit = manner.limit ? AbortSignal.any([own.signal, manner.limit]) : own.signal;
  try {
    return await retire(spec, manner, limit);
  } catch (error) {
    if (!limit.aborted) throw error;
    return await retireLate(spec, manner, (limit.reason as Error).message);
  } finally {
    over.abort();
  }
};

/**
 * Ends a runner without losing a job: waits until none runs, deletes the registration, and only then stops the Listener,
 * because a stop cancels a job and a deleted runner gets none.
 */
export const drainRunner = async (spec: DrainSpec, manner: DrainManner): Promise<Drained> => {
  const { serving } = spec;
  const { clock, log, progress } = manner;
  const begun = clock.now();
  const job = serving?.tracker.job;
  const jobWasRunning = job !== undefined || (serving?.listener.workerAlive() ?? false);

  const deregistered = await withinLimit(spec, manner);
  if (serving && !serving.listener.hasExited()) {
    progress.enter('interrupt', 'stopping the Listener (SIGINT)');
    await stopListener(serving.listener, { clock, log, limitMs: IDLE_STOP_MS });
  }
  progress.enter('clean-up', 'removing what the registration left on the disk');
  await serving?.listener.ended;
  await spec.removeFiles();

  const jobResult = job?.result;
  const ms = Math.round(clock.now() - begun);
  const story = jobWasRunning ? `its job ended: ${jobResult ?? UNKNOWN_RESULT}` : 'no job ran';
  progress.enter('done', 'the drain is over');
  const { reason } = progress;
  log.info(`drained (${reason}): ${story}`, {
    event: 'drained',
    reason,
    jobWasRunning,
    jobResult,
    ms,
  });
  return { deregistered, jobWasRunning, jobResult };
};
