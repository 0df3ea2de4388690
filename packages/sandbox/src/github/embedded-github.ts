/** What {@link startGitHub} takes. Everything has a default. */
export interface GitHubOptions {
  /** The personal access token that the REST API accepts. Default: a random `ghp_…`. */
  token?: string;
  /** Repositories that exist, as `owner/name`. Default: `['octo/app']`. */
  repositories?: string[];
  /** Life of registration and remove tokens, in milliseconds. Default: 1 h, as GitHub documents. */
  tokenLifetimeMs?: number;
  /** How long a poll for messages is held open, in milliseconds. Default: 50 s. */
  pollMs?: number;
  /** After how long an assigned job that nobody acquired is queued again, in milliseconds. Default: 60 s. */
  reassignMs?: number;
  /**
   * How long a session outlives its runner's last call, in milliseconds. Default: 100 s, two polls;
   * GitHub does not publish its own figure.
   */
  sessionMs?: number;
  /**
   * How long an acquired job stays with a runner that does not renew it, in milliseconds; afterwards it ends
   * as `Abandoned`. Default: 10 min.
   */
  jobLockMs?: number;
  /** The time by which tokens and sessions expire, in milliseconds since the epoch. Default: `Date.now`. */
  now?: () => number;
}

/** One shell step of a job. */
export interface JobStep {
  /** Default: `Run ` and the first line of {@link JobStep.run}. */
  name?: string;
  /** The script, run by the runner's default shell in the workspace. */
  run: string;
  env?: Record<string, string>;
  /** Default: `success()`. */
  if?: 'success()' | 'always()' | 'failure()';
}

/** What {@link EmbeddedGitHub.queueJob} takes. */
export interface JobSpec {
  /** Default: the first repository of the embedded GitHub. */
  repository?: string;
  /** The job's display name. */
  name: string;
  /** `runs-on`: a runner must have all of these labels; case does not matter. */
  labels: string[];
  steps: JobStep[];
  /** The workflow's `env:`, seen by every step. */
  env?: Record<string, string>;
}

/** How a job ended. `Abandoned`: its runner stopped renewing it. */
export type JobResult =
  | 'Succeeded'
  | 'SucceededWithIssues'
  | 'Failed'
  | 'Canceled'
  | 'Skipped'
  | 'Abandoned';

/** How one step ended, as its runner reported it. */
export interface StepReport {
  name: string;
  conclusion: string;
  /** Absent when the step's script did not run. */
  exitCode?: number;
  /** Duration in milliseconds. */
  ms: number;
}

/** What is known of a job after its end. */
export interface JobReport {
  name: string;
  result: JobResult;
  runnerName: string;
  outputs: Record<string, string>;
  steps: StepReport[];
  /** Lines that the runner sent, in order. */
  log: string[];
}

/** A job in the queue. */
export interface QueuedJob {
  /** The job's identifier, which its runner gets as `jobId`. */
  id: string;
  /** Settles when a runner has acquired the job. Rejects when the embedded GitHub closes before. */
  acquired: Promise<{ runnerName: string; runnerId: number }>;
  /** Settles at the job's end. Rejects when the embedded GitHub closes before. */
  completed: Promise<JobReport>;
}

/** A runner as GitHub sees it now. */
export interface RegisteredRunner {
  id: number;
  repository: string;
  name: string;
  labels: string[];
  /** `online` while the runner has a live session. */
  status: 'online' | 'offline';
  /** True between a job's acquisition and its completion. */
  busy: boolean;
  ephemeral: boolean;
}

/** One answered request. Neither headers nor bodies nor queries are kept: they can hold credentials. */
export interface RecordedRequest {
  /** When the answer was ready, in milliseconds since the epoch. */
  at: number;
  method: string;
  path: string;
  status: number;
}

/** A GitHub on this machine, with the manners of a GitHub Enterprise Server host. */
export interface EmbeddedGitHub {
  /** `http://127.0.0.1:PORT`. The REST API is at `/api/v3`, a repository at `/owner/name`. */
  readonly url: string;
  /** The personal access token that the REST API accepts. */
  readonly token: string;
  /** Every request answered so far, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /**
   * Queues a job for an online, idle runner of the repository that has all the labels.
   *
   * @throws RangeError when the repository does not exist.
   */
  queueJob(spec: JobSpec): QueuedJob;
  /** What is registered now, oldest first. */
  runners(): RegisteredRunner[];
  /** Ends every poll, drops every connection and stops listening. Further calls do nothing. */
  close(): Promise<void>;
}
