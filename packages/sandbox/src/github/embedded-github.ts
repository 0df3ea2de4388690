import type { GitHubApp, InstallationSpec, RateLimitOptions, TokenSpec } from './access.ts';
import type { DeletionNotice, GitHubBehaviour } from './behaviour.ts';
import type { GitHubFaults } from './faults/fault-rule.ts';

/** What {@link startGitHub} takes. Everything has a default. */
export interface GitHubOptions {
  /** The personal access token that the REST API accepts. Default: a random `ghp_…`. */
  token?: string;
  /** Repositories that exist, as `owner/name`; each owner is an organisation. Default: `['octo/app']`. */
  repositories?: string[];
  /** The address to listen on. Default: `127.0.0.1`, where no other machine can reach it. */
  host?: string;
  /** Default: a free one. */
  port?: number;
  /**
   * What its clients call it, without a slash at the end, where that differs from `http://HOST:PORT`: runners are told
   * addresses below it.
   */
  url?: string;
  /**
   * The bytes of the `.tar.gz` that is offered as each release of the runner. Default: a file with a version and no
   * runner.
   */
  archive?: Uint8Array<ArrayBuffer>;
  /** Enterprises that exist, with their organisations. Default: none. */
  enterprises?: Record<string, string[]>;
  /** Rate limits of the REST API. Default: counted, not enforced. */
  rateLimit?: RateLimitOptions;
  /** Runner groups besides each scope's own `Default`. */
  runnerGroups?: RunnerGroupSpec[];
  /** Life of registration and remove tokens, in milliseconds. Default: 1 h, as GitHub documents. */
  tokenLifetimeMs?: number;
  /** Life of the access tokens that runners get, in milliseconds. Default: 1 h. */
  accessTokenLifetimeMs?: number;
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
  /** Determines everything that is drawn by lot, so that a run can be replayed. Default: a random one. */
  seed?: number;
  /** {@link EmbeddedGitHub.behaviour} at the start. */
  behaviour?: Partial<GitHubBehaviour>;
}

/** A runner group. Its id is 2 and its place in the list. */
export interface RunnerGroupSpec {
  /** `orgs/NAME` or `enterprises/NAME`. */
  scope: string;
  name: string;
  /** The repositories that its runners serve. Default: all. */
  repositories?: string[];
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
  /**
   * The id of a runner that gets the job at its next poll, even in the middle of another job and without the labels, as
   * a job does that crosses the runner's word of being busy.
   */
  pushTo?: number;
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
  /** Empty when no runner had acquired it. */
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
  /** Settles when a runner has acquired the job. Rejects when the job ends or the embedded GitHub closes before. */
  acquired: Promise<{ runnerName: string; runnerId: number }>;
  /** Settles at the job's end. Rejects when the embedded GitHub closes before. */
  completed: Promise<JobReport>;
  /**
   * Cancels the job as a user does. One that runs goes on until its runner is done with it, which GitHub's message allows
   * `timeoutMs` milliseconds; by default 5 min. Any other ends at once as `Canceled`.
   */
  cancel(timeoutMs?: number): void;
  /** Gives the job up: it ends as `Abandoned`, and its runner hears of it at the next renewal. */
  abandon(): void;
}

/** A runner as GitHub sees it now. */
export interface RegisteredRunner {
  id: number;
  /** Where it belongs: `repos/OWNER/NAME`, `orgs/NAME` or `enterprises/NAME`. */
  scope: string;
  /** Its runner group; 1 is the default one. */
  groupId: number;
  name: string;
  labels: string[];
  /** `online` while the runner has a live session. */
  status: 'online' | 'offline';
  /** True between a job's acquisition and its completion. */
  busy: boolean;
  ephemeral: boolean;
}

/** One request, recorded when it arrived. Neither headers nor bodies nor queries are kept: they can hold credentials. */
export interface RecordedRequest {
  /** When it arrived, in milliseconds since the epoch. */
  at: number;
  method: string;
  path: string;
  userAgent: string;
  /** Undefined until it is answered, and for ever when its connection was dropped. */
  status: number | undefined;
}

/** A GitHub on this machine, with the manners of a GitHub Enterprise Server host. */
export interface EmbeddedGitHub {
  /** `http://127.0.0.1:PORT`, unless its options say otherwise. The REST API is at `/api/v3`, a repository at `/owner/name`. */
  readonly url: string;
  /** The personal access token that the REST API accepts. */
  readonly token: string;
  /** Every request so far, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** What was given as {@link GitHubOptions.seed}, or drawn. */
  readonly seed: number;
  /** Scripted faults of any request, those of runners and of `config.sh` included. */
  readonly faults: GitHubFaults;
  /** What GitHub does besides its documented manners: set its fields at any time. */
  readonly behaviour: GitHubBehaviour;
  /**
   * Queues a job for an online, idle runner that has all the labels and belongs to the repository, its organisation
   * or its enterprise.
   *
   * @throws RangeError when the repository does not exist.
   */
  queueJob(spec: JobSpec): QueuedJob;
  /** Makes another personal access token: one that ends, sees little or may do little. */
  issueToken(spec?: TokenSpec): string;
  /**
   * Makes a GitHub App that accounts have installed.
   *
   * @throws RangeError when an account or a repository does not exist.
   */
  createApp(installations: InstallationSpec[]): GitHubApp;
  /** What is registered now, oldest first: the truth, whatever the REST API says. */
  runners(): RegisteredRunner[];
  /**
   * Drops a registration, even in the middle of a job, as GitHub does with runners that were away for long. A job that
   * runs stays its runner's.
   *
   * @param notice - how the runner hears of it. Default: {@link GitHubBehaviour.deletionNotice}.
   * @throws RangeError when no such runner is registered.
   */
  forgetRunner(id: number, notice?: DeletionNotice): void;
  /** Ends every poll, drops every connection and stops listening. Further calls do nothing. */
  close(): Promise<void>;
}
