import type { Clock, FinishedJob, Job, Logger, ServeEvents } from '@ci-runner/core';
import { describeError } from '@ci-runner/core';

/** A job that the Listener has taken. */
export interface TrackedJob {
  readonly name: string;
  readonly startedAt: number;
  /** Undefined while it runs. */
  readonly result: string | undefined;
  /** Whether its hook has reported: its Worker has run then, seen or not. */
  readonly hookReported: boolean;
}

/**
 * Makes one story of what the Listener's output, the job hook and the process table say, and tells it to the core in
 * order, every event of a job exactly once:
 *
 * - the job exists from the line `Running job`;
 * - beforeJob and onJobStarted are called when the job hook reports, because only it can hold the job back. A job whose
 *   hook never reports gets its onJobStarted at its end, or at once when `hookReports` is false, and no beforeJob;
 * - afterJob is called at the line `completed`, because only that line has the result, or when the Worker is gone. The
 *   completed hook, which does not know the result and never comes when the runner stops or the Worker is killed, only says
 *   that the last step has ended: from that, taps know whether they find the workspace whole.
 *
 * The events of a job wait for those of the job before it, so that beforeJob never runs beside an afterJob.
 */
export interface JobTracker {
  /** The job that runs now. */
  readonly job: TrackedJob | undefined;
  /** How many jobs have begun so far. */
  readonly started: number;
  listening(): void;
  jobRunning(name: string): void;
  jobCompleted(result: string): void;
  /** Ends `job` (default: whichever runs) without a known result. */
  jobVanished(job?: TrackedJob): void;
  /** The job's first step is about to run. Resolves to the reason why it must not. */
  hookReported(workspace: string | undefined): Promise<string | undefined>;
  /** The job's last step has ended. */
  stepsEnded(workspace: string | undefined): void;
  /** Resolves when everything so far has been told. */
  settled(): Promise<void>;
}

/** What {@link createJobTracker} needs. */
export interface JobTrackerDeps {
  readonly events: ServeEvents;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whether job hooks can report at all. */
  readonly hookReports: boolean;
  /**
   * Whether a job's process lives. The job hook runs in it: a report without one comes from a process that an earlier job
   * has left.
   */
  readonly workerAlive: () => boolean;
  /** Is told of every new job. */
  readonly onJob?: (job: TrackedJob) => void;
}

/** The result of a job of which the actions-runner reported none. */
export const UNKNOWN_RESULT: string = 'Unknown';

/** The hook can overtake the line `Running job`, which was written long before, by no more than a moment. */
const LINE_LIMIT_MS = 3_000;

interface OpenJob {
  readonly name: string;
  readonly startedAt: number;
  result: string | undefined;
  hookReported: boolean;
  stepsEnded: boolean;
  workspace: string | undefined;
  /** Set when beforeJob is called. */
  held: Promise<string | undefined> | undefined;
  startTold: boolean;
}

/** Makes the tracker of one Listener. */
export const createJobTracker = (deps: JobTrackerDeps): JobTracker => {
  const { events, clock, log } = deps;
  let current: OpenJob | undefined;
  let started = 0;
  let appeared = Promise.withResolvers<void>();
  let told: Promise<unknown> = Promise.resolve();

  /** Queues behind all earlier events; a failure stops neither the job nor the events after it. */
  const tell = async <Result>(work: () => Promise<Result>): Promise<Result | undefined> => {
    const turn = told.then(work).catch((error: unknown) => {
      log.error(`an event of a job could not be told: ${describeError(error)}`);
      return undefined;
    });
    told = turn;
    return turn;
  };

  const factsOf = ({ name, workspace, startedAt }: OpenJob): Job => ({
    name,
    workspace,
    startedAt,
  });

  const tellStart = async (job: OpenJob): Promise<void> => {
    if (job.startTold) return;
    job.startTold = true;
    log.info(`job "${job.name}" started`, { event: 'job-started', name: job.name });
    await events.jobStarted(factsOf(job));
  };

  const tellEnd = async (job: OpenJob, result: string): Promise<void> => {
    const ms = Math.round(clock.now() - job.startedAt);
    const stepsEnded = deps.hookReports ? job.stepsEnded : undefined;
    const finished: FinishedJob = { ...factsOf(job), result, ms, stepsEnded };
    log.info(`job "${job.name}" finished: ${result}, after ${ms} ms`, {
      event: 'job-finished',
      name: job.name,
      result,
      ms,
    });
    await events.jobFinished(finished);
  };

  const end = (result: string): void => {
    const job = current;
    if (!job) return;
    current = undefined;
    appeared = Promise.withResolvers<void>();
    job.result = result;
    void tell(async () => {
      if (deps.hookReports && job.held === undefined) {
        log.warn(`the job hook of "${job.name}" did not report: beforeJob was not called for it`);
      }
      await tellStart(job);
      await tellEnd(job, result);
      if (current === undefined) await events.idle();
    });
  };

  const jobOfReport = (): OpenJob | undefined => {
    if (current !== undefined && deps.workerAlive()) return current;
    log.warn('a job hook reported although no job runs; it is not counted');
    return undefined;
  };

  return {
    get job() {
      return current;
    },
    get started() {
      return started;
    },
    listening: () => {
      if (current === undefined) void tell(async () => events.idle());
    },
    jobRunning: (name) => {
      end(UNKNOWN_RESULT);
      const job: OpenJob = {
        name,
        startedAt: clock.now(),
        result: undefined,
        hookReported: false,
        stepsEnded: false,
        workspace: undefined,
        held: undefined,
        startTold: false,
      };
      current = job;
      started += 1;
      if (!deps.hookReports) void tell(async () => tellStart(job));
      deps.onJob?.(job);
      appeared.resolve();
    },
    jobCompleted: (result) => end(result),
    jobVanished: (job = current) => {
      if (job !== undefined && job === current) end(UNKNOWN_RESULT);
    },
    hookReported: async (workspace) => {
      const waited = new AbortController();
      const limit = clock.sleep(LINE_LIMIT_MS, waited.signal).catch(() => {});
      await Promise.race([appeared.promise, limit]);
      waited.abort();
      const job = jobOfReport();
      if (job === undefined) return undefined;
      if (job.held === undefined) {
        job.hookReported = true;
        job.workspace = workspace;
        job.held = tell(async () => events.jobStarting(factsOf(job)));
        void tell(async () => tellStart(job));
      }
      return job.held;
    },
    stepsEnded: (workspace) => {
      const job = jobOfReport();
      if (job === undefined) return;
      job.stepsEnded = true;
      job.workspace ??= workspace;
    },
    settled: async () => {
      let last;
      while (last !== told) {
        last = told;
        await last;
      }
    },
  };
};
