import { randomUUID } from 'node:crypto';
import type { JobReport, JobResult, JobSpec, QueuedJob, StepReport } from '../embedded-github.ts';
import type { Runner } from './runner-registry.ts';

/** Where a job is on its way. It belongs to a runner only from `running` on. */
type JobState =
  | { phase: 'queued' }
  | { phase: 'assigned'; runnerId: number; requestId: string; timer: NodeJS.Timeout }
  | ({ phase: 'running'; runner: Runner; requestId: string; timer: NodeJS.Timeout } & Acquisition);

/** What is settled when a runner acquires a job. */
interface Acquisition {
  /** By the server's clock. */
  acquiredAt: number;
  /** Whether the REST API may say that the runner is idle. */
  isLiedAbout: boolean;
}

/** A job on its way. */
export interface Job {
  readonly id: string;
  readonly planId: string;
  /** Counts the jobs, from 1. */
  readonly number: number;
  readonly repository: string;
  readonly spec: JobSpec;
  readonly log: string[];
  state: JobState;
}

/** How a runner says that a job ended. */
interface Completion {
  result: JobResult;
  outputs: Record<string, string>;
  steps: StepReport[];
}

const abandoned: Completion = { result: 'Abandoned', outputs: {}, steps: [] };

interface Settlement {
  acquired: PromiseWithResolvers<{ runnerName: string; runnerId: number }>;
  completed: PromiseWithResolvers<JobReport>;
}

interface JobQueueOptions {
  reassignMs: number;
  jobLockMs: number;
  now: () => number;
  /** Whether the REST API lies about the next job. */
  drawsLie: () => boolean;
  /** Tells a runner that its job is cancelled. */
  onCancelled: (job: Job, runner: Runner, timeoutMs: number) => void;
  /** Called when a job waits that did not before. */
  onWaiting: () => void;
  /** Called after a job's end. */
  onCompleted: (runner: Runner) => void;
}

/** The jobs that have not ended. */
export class JobQueue {
  readonly #options: JobQueueOptions;
  readonly #jobs = new Map<string, Job>();
  readonly #settlements = new Map<Job, Settlement>();
  #lastNumber = 0;

  constructor(options: JobQueueOptions) {
    this.#options = options;
  }

  add(repository: string, spec: JobSpec): QueuedJob {
    this.#lastNumber += 1;
    const job: Job = {
      id: randomUUID(),
      planId: randomUUID(),
      number: this.#lastNumber,
      repository,
      spec: structuredClone(spec),
      log: [],
      state: { phase: 'queued' },
    };
    const settlement: Settlement = {
      acquired: Promise.withResolvers(),
      completed: Promise.withResolvers(),
    };
    // Whoever waits sees the rejection; a job that nobody waits for must not end the process.
    settlement.acquired.promise.catch(() => {});
    settlement.completed.promise.catch(() => {});
    this.#jobs.set(job.id, job);
    this.#settlements.set(job, settlement);
    this.#options.onWaiting();
    return {
      id: job.id,
      acquired: settlement.acquired.promise,
      completed: settlement.completed.promise,
      cancel: (timeoutMs = 300_000) => this.#cancel(job, timeoutMs),
      abandon: () => this.#end(job, abandoned),
    };
  }

  /** The jobs that wait for a runner, first come first. */
  waiting(): Job[] {
    return [...this.#jobs.values()].filter((job) => job.state.phase === 'queued');
  }

  /** Offers a job to a runner, until it acquires the job or `reassignMs` have passed. */
  assign(job: Job, runner: Runner): string {
    const requestId = randomUUID();
    const timer = setTimeout(() => this.#requeue(job), this.#options.reassignMs).unref();
    job.state = { phase: 'assigned', runnerId: runner.id, requestId, timer };
    return requestId;
  }

  /** Whether the request is still offered to the runner, or has become its job. */
  isOffered(requestId: string, runner: Runner): boolean {
    const job = this.#byRequest(requestId);
    return job !== undefined && (isOfferedTo(job, runner) || isRunningOn(job, runner));
  }

  /** Makes the job the runner's. */
  acquire(requestId: string, runner: Runner): Job | 'unknown' | 'taken' {
    const job = this.#byRequest(requestId);
    if (job === undefined) return 'unknown';
    if (!isOfferedTo(job, runner)) return 'taken';
    const acquisition = { acquiredAt: this.#options.now(), isLiedAbout: this.#options.drawsLie() };
    this.#lock(job, runner, requestId, acquisition);
    this.#settlements.get(job)?.acquired.resolve({ runnerName: runner.name, runnerId: runner.id });
    return job;
  }

  /** The job that this runner is running, by its id. */
  runningOn(runner: Runner, jobId: string): Job | undefined {
    const job = this.#jobs.get(jobId);
    return job !== undefined && isRunningOn(job, runner) ? job : undefined;
  }

  /** Keeps a running job with its runner; returns until when, in milliseconds since the epoch. */
  renew(job: Job): number | undefined {
    if (job.state.phase !== 'running') return undefined;
    const { runner, requestId, ...acquisition } = job.state;
    return this.#lock(job, runner, requestId, acquisition);
  }

  complete(job: Job, completion: Completion): void {
    if (job.state.phase === 'running') this.#end(job, completion);
  }

  /** How the runner's running job was acquired. */
  running(runner: Runner): Acquisition | undefined {
    for (const { state } of this.#jobs.values()) {
      if (state.phase === 'running' && state.runner.id === runner.id) return state;
    }
    return undefined;
  }

  /** Whether the runner has acquired a job and not completed it. */
  isRunning(runner: Runner): boolean {
    return this.running(runner) !== undefined;
  }

  /** Whether a job is offered to the runner or running on it. */
  isTaken(runner: Runner): boolean {
    return this.#some((job) => isOfferedTo(job, runner) || isRunningOn(job, runner));
  }

  /** Queues again what was offered to a runner. */
  withdraw(runner: Runner): void {
    for (const job of this.#jobs.values()) if (isOfferedTo(job, runner)) this.#requeue(job);
  }

  /** Ends all timers, and rejects the promises of every job that has not ended. */
  close(): void {
    for (const job of this.#jobs.values()) if ('timer' in job.state) clearTimeout(job.state.timer);
    for (const [job, { acquired, completed }] of this.#settlements) {
      const error = new Error(`The embedded GitHub closed before job "${job.spec.name}" ended.`);
      acquired.reject(error);
      completed.reject(error);
    }
    this.#settlements.clear();
  }

  #lock(job: Job, runner: Runner, requestId: string, acquisition: Acquisition): number {
    if ('timer' in job.state) clearTimeout(job.state.timer);
    const lockedUntil = Date.now() + this.#options.jobLockMs;
    const timer = setTimeout(() => this.#end(job, abandoned), this.#options.jobLockMs).unref();
    job.state = { ...acquisition, phase: 'running', runner, requestId, timer };
    return lockedUntil;
  }

  #cancel(job: Job, timeoutMs: number): void {
    if (!this.#jobs.has(job.id)) return;
    if (job.state.phase === 'running') this.#options.onCancelled(job, job.state.runner, timeoutMs);
    else this.#end(job, { result: 'Canceled', outputs: {}, steps: [] });
  }

  #end(job: Job, completion: Completion): void {
    if (!this.#jobs.delete(job.id)) return;
    const { state } = job;
    if ('timer' in state) clearTimeout(state.timer);
    const runner = state.phase === 'running' ? state.runner : undefined;
    this.#settlements.get(job)?.acquired.reject(new Error(`Job "${job.spec.name}" has ended.`));
    this.#settlements.get(job)?.completed.resolve({
      name: job.spec.name,
      runnerName: runner?.name ?? '',
      log: job.log,
      ...completion,
    });
    this.#settlements.delete(job);
    if (runner !== undefined) this.#options.onCompleted(runner);
  }

  #requeue(job: Job): void {
    if (job.state.phase !== 'assigned') return;
    clearTimeout(job.state.timer);
    job.state = { phase: 'queued' };
    this.#options.onWaiting();
  }

  #byRequest(requestId: string): Job | undefined {
    return [...this.#jobs.values()].find(
      ({ state }) => 'requestId' in state && state.requestId === requestId,
    );
  }

  #some(test: (job: Job) => boolean): boolean {
    return [...this.#jobs.values()].some(test);
  }
}

const isOfferedTo = ({ state }: Job, runner: Runner): boolean =>
  state.phase === 'assigned' && state.runnerId === runner.id;

const isRunningOn = ({ state }: Job, runner: Runner): boolean =>
  state.phase === 'running' && state.runner.id === runner.id;
