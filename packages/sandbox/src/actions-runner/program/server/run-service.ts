import { parseAnswer } from '../io/http.ts';
import type { ServiceCall } from './service-client.ts';

/** One step of a job: a script of the runner's default shell. */
export interface StepMessage {
  readonly id: string;
  readonly name: string;
  readonly run: string;
  readonly env: Readonly<Record<string, string>>;
  readonly condition: string;
}

/** What the run service says about a job that this runner acquired. */
export interface JobMessage {
  readonly planId: string;
  readonly jobId: string;
  readonly jobDisplayName: string;
  /** For the run service, whatever becomes of the runner's registration. */
  readonly accessToken: string;
  readonly variables: Readonly<Record<string, { value: string; isSecret?: boolean }>>;
  /** The `github` context: strings, but for the event's payload. */
  readonly github: Readonly<Record<string, unknown>> & {
    readonly repository: string;
    readonly event: object;
  };
  readonly env: Readonly<Record<string, string>>;
  readonly steps: readonly StepMessage[];
}

export type JobConclusion = 'succeeded' | 'failed' | 'canceled';

export interface StepResult {
  readonly name: string;
  readonly conclusion: JobConclusion | 'skipped';
  /** Absent where no process ran. */
  readonly exitCode?: number;
  /** The step's duration in milliseconds. */
  readonly ms: number;
}

export interface JobCompletion {
  readonly conclusion: JobConclusion;
  readonly outputs: Readonly<Record<string, string>>;
  readonly stepResults: readonly StepResult[];
}

type JobIdentity = Pick<JobMessage, 'planId' | 'jobId'>;

/** The service that owns jobs from their acquisition on. */
export interface RunService {
  acquire(requestId: string): Promise<JobMessage>;
  renew(job: JobIdentity, signal: AbortSignal): Promise<void>;
  complete(job: JobIdentity, completion: JobCompletion): Promise<void>;
  log(job: JobIdentity, lines: readonly string[]): Promise<void>;
}

export function createRunService(url: string, call: ServiceCall): RunService {
  const at = (path: string): string => new URL(path, url).href;
  return {
    async acquire(jobMessageId) {
      const body = { jobMessageId, runnerOS: 'Linux' };
      const answer = await call({ method: 'POST', url: at('acquirejob'), body });
      return parseAnswer(answer) as JobMessage;
    },
    async renew({ planId, jobId }, signal) {
      await call({ method: 'POST', url: at('renewjob'), body: { planId, jobId }, signal });
    },
    async complete({ planId, jobId }, { conclusion, outputs, stepResults }) {
      const wrapped = Object.entries(outputs).map(([name, value]) => [name, { value }]);
      const body = { planId, jobId, conclusion, outputs: Object.fromEntries(wrapped), stepResults };
      await call({ method: 'POST', url: at('completejob'), body });
    },
    async log({ jobId }, lines) {
      await call({ method: 'POST', url: at('log'), body: { jobId, lines } });
    },
  };
}
