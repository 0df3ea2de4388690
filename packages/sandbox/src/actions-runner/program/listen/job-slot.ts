import { hang, limit } from '../io/delay.ts';
import type { Diagnostics } from '../io/diagnostics.ts';
import type { Terminal } from '../io/terminal.ts';
import type { Broker, BrokerMessage, JobCancellation, JobRequest } from '../server/broker.ts';
import { createRunService, type JobMessage, type RunService } from '../server/run-service.ts';
import { type ServiceCall, ServiceError } from '../server/service-client.ts';
import type { RunnerFault } from '../store/knobs.ts';
import type { RunnerSettings } from '../store/runner-files.ts';
import { type DispatchedJob, dispatchJob } from './dispatch-job.ts';

export interface JobSlotOptions {
  readonly root: string;
  /** Absolute. */
  readonly workFolder: string;
  readonly settings: RunnerSettings;
  readonly broker: Broker;
  readonly call: ServiceCall;
  readonly terminal: Terminal;
  readonly diagnostics: Diagnostics;
  /** Aborts when the runner stops. */
  readonly stop: AbortSignal;
  /** Take one job and no more. */
  readonly once: boolean;
  readonly faults: readonly RunnerFault[];
}

/** The place where the runner's one job runs. */
export interface JobSlot {
  status(): 'Online' | 'Busy';
  /** Aborts at the next change of `status`. */
  statusChange(): AbortSignal;
  /** Aborts when the only job of a runner that takes one is over. */
  readonly done: AbortSignal;
  handle(message: BrokerMessage): Promise<void>;
  /** Settles when no job runs. */
  idle(): Promise<void>;
  /** Cancels a job that runs, and waits for its end. */
  shutDown(): Promise<void>;
}

const ACKNOWLEDGE_LIMIT_MS = 5_000;

export function createJobSlot(options: JobSlotOptions): JobSlot {
  const { broker, settings, stop } = options;
  const done = new AbortController();
  let change = new AbortController();
  let current: DispatchedJob | undefined;

  const setCurrent = (job: DispatchedJob | undefined): void => {
    current = job;
    const previous = change;
    change = new AbortController();
    previous.abort();
  };

  const vacate = async (job: DispatchedJob): Promise<void> => {
    await job.ended;
    if (options.once) done.abort();
    setCurrent(undefined);
  };

  const start = async (body: JobRequest): Promise<void> => {
    // The server sends no second job to a busy runner; a message that crossed the status waits its turn.
    await current?.ended;
    if (await isWithdrawn(broker, body.runner_request_id, stop)) {
      if (options.once) done.abort();
      return;
    }
    if (options.faults.includes('hang-after-acknowledge')) await hang();
    if (stop.aborted) return;
    // From here on the job is this runner's: a stop no longer interrupts, but cancels it.
    const runService = createRunService(body.run_service_url, options.call);
    const job = await acquire(runService, body.runner_request_id);
    if (job === undefined) return;
    const dispatched = dispatchJob(
      { ...options, runService },
      {
        type: 'NewJobRequest',
        job,
        runServiceUrl: body.run_service_url,
        runnerName: settings.agentName,
        workFolder: options.workFolder,
      },
    );
    setCurrent(dispatched);
    void vacate(dispatched);
  };

  return {
    status: () => (current === undefined ? 'Online' : 'Busy'),
    statusChange: () => change.signal,
    done: done.signal,
    async handle({ messageType, body }) {
      if (messageType === 'RunnerJobRequest') await start(JSON.parse(body) as JobRequest);
      if (messageType !== 'JobCancellation') return;
      const { jobId, timeout } = JSON.parse(body) as JobCancellation;
      if (current?.jobId === jobId) current.cancel(milliseconds(timeout));
    },
    idle: async () => current?.ended,
    shutDown: async () => current?.shutDown(),
  };
}

/** Acknowledges as well as it can. Only a server that knows the request no longer counts as an answer. */
async function isWithdrawn(broker: Broker, requestId: string, stop: AbortSignal): Promise<boolean> {
  const signal = AbortSignal.any([stop, limit(ACKNOWLEDGE_LIMIT_MS)]);
  try {
    await broker.acknowledge(requestId, signal);
    return false;
  } catch (error) {
    return isRefusal(error) && error.kind !== 'RunnerNotFound';
  }
}

/** The job, or undefined when another runner has it or nobody wants it any more. */
async function acquire(runService: RunService, requestId: string): Promise<JobMessage | undefined> {
  try {
    return await runService.acquire(requestId);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

function isRefusal(error: unknown): error is ServiceError {
  return error instanceof ServiceError && (error.status === 404 || error.status === 409);
}

/** .NET's `hh:mm:ss`. */
function milliseconds(duration: string): number {
  return duration.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) * 1000;
}
