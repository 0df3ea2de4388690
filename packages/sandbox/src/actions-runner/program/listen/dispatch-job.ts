import { delay, randomSeconds } from '../io/delay.ts';
import type { Diagnostics } from '../io/diagnostics.ts';
import type { Terminal } from '../io/terminal.ts';
import { type JobResult, type NewJobRequest, resultOf } from '../job/job-orders.ts';
import type { JobConclusion, RunService } from '../server/run-service.ts';
import { ServiceError } from '../server/service-client.ts';
import type { RunnerFault } from '../store/knobs.ts';
import { startWorker, type WorkerProcess } from './worker-process.ts';

export interface JobContext {
  readonly root: string;
  readonly terminal: Terminal;
  readonly diagnostics: Diagnostics;
  readonly runService: RunService;
  readonly faults: readonly RunnerFault[];
}

/** A job from its acquisition to the end of its Worker. */
export interface DispatchedJob {
  readonly jobId: string;
  /** Settles, never rejects, when nothing of the job is left on this machine. */
  readonly ended: Promise<void>;
  /** Cancels as a user does. The Worker is killed 15 s before `timeoutMs` are over. */
  cancel(timeoutMs: number): void;
  /** Cancels because the runner stops. Waits for the Worker without limit. */
  shutDown(): Promise<void>;
}

const SEND_LIMIT_MS = 30_000;
const RENEWAL_MS = 60_000;
const FIRST_RENEWAL_TRIES = 5;
const LEAST_CANCEL_MS = 60_000;
const KILL_EARLY_MS = 15_000;

/** Runs an acquired job in a Worker. */
export function dispatchJob(context: JobContext, request: NewJobRequest): DispatchedJob {
  const { runService, terminal } = context;
  const { job } = request;
  const cancelled = new AbortController();
  const finished = new AbortController();
  let worker: WorkerProcess | undefined;
  let abandoned = false;

  const run = async (): Promise<void> => {
    terminal.event(`Running job: ${job.jobDisplayName}`);
    if (!(await takeLock(runService, request, cancelled.signal))) {
      if (cancelled.signal.aborted) await report('canceled');
      return;
    }
    worker = startWorker(context.root, request, context.diagnostics);
    if (context.faults.includes('message-timeout')) {
      await giveUpSending(worker);
      return;
    }
    void watchLock(worker);
    const code = await worker.exited;
    finished.abort();
    const result = resultOf(code) ?? 'Failed';
    // A Worker that died has told nobody.
    if (resultOf(code) === undefined)
      await report(cancelled.signal.aborted ? 'canceled' : 'failed');
    terminal.event(`Job ${job.jobDisplayName} completed with result: ${shown(result)}`);
  };
  const watchLock = async (holder: WorkerProcess): Promise<void> => {
    abandoned = await losesLock(runService, request, finished.signal);
    if (abandoned) holder.send({ type: 'CancelRequest' });
  };
  const killLate = async (timeoutMs: number): Promise<void> => {
    await delay(Math.max(timeoutMs, LEAST_CANCEL_MS) - KILL_EARLY_MS, finished.signal);
    if (!finished.signal.aborted) worker?.kill();
  };
  const shown = (result: JobResult): JobResult => {
    if (abandoned) return 'Abandoned';
    return cancelled.signal.aborted ? 'Canceled' : result;
  };
  const report = async (conclusion: JobConclusion): Promise<void> => {
    await runService.complete(job, { conclusion, outputs: {}, stepResults: [] }).catch(() => {});
  };

  const ended = run();
  return {
    jobId: job.jobId,
    ended,
    cancel(timeoutMs) {
      cancelled.abort();
      worker?.send({ type: 'CancelRequest' });
      void killLate(timeoutMs);
    },
    async shutDown() {
      cancelled.abort();
      worker?.send({ type: 'RunnerShutdown' });
      await ended;
    },
  };
}

/** What follows when the Worker has not read its job in time. */
async function giveUpSending(worker: WorkerProcess): Promise<void> {
  await delay(SEND_LIMIT_MS);
  worker.kill();
  await worker.exited;
}

/** Renews the job's lock for the first time, before any Worker runs. False when the job is lost or cancelled. */
async function takeLock(
  runService: RunService,
  { job }: NewJobRequest,
  cancelled: AbortSignal,
): Promise<boolean> {
  for (let attempt = 1; attempt <= FIRST_RENEWAL_TRIES && !cancelled.aborted; attempt += 1) {
    try {
      await runService.renew(job, cancelled);
      return !cancelled.aborted;
    } catch (error) {
      if (isGone(error)) return false;
      await delay(randomSeconds(5, 15), cancelled);
    }
  }
  return false;
}

/** Renews the lock every minute until the job is over. Answers whether the server has forgotten the job. */
async function losesLock(
  runService: RunService,
  { job }: NewJobRequest,
  finished: AbortSignal,
): Promise<boolean> {
  for (;;) {
    await delay(RENEWAL_MS, finished);
    if (finished.aborted) return false;
    try {
      await runService.renew(job, finished);
    } catch (error) {
      if (isGone(error)) return true;
    }
  }
}

function isGone(error: unknown): boolean {
  return error instanceof ServiceError && error.status === 404;
}
