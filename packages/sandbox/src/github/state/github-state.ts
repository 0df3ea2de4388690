import { randomInt } from 'node:crypto';
import type { TokenSpec } from '../access.ts';
import { type DeletionNotice, documentedBehaviour, type GitHubBehaviour } from '../behaviour.ts';
import type { GitHubOptions, JobSpec, QueuedJob, RegisteredRunner } from '../embedded-github.ts';
import { FaultBook } from '../faults/fault-book.ts';
import { Accounts, type Scope } from './accounts.ts';
import { Apps } from './apps.ts';
import { type BrokerMessage, BrokerSessions, type PendingPoll } from './broker-sessions.ts';
import { ExpiringTokens } from './expiring-tokens.ts';
import { type Job, JobQueue } from './job-queue.ts';
import { RateLimits } from './rate-limit.ts';
import { randomToken } from './random-token.ts';
import { RunnerGroups } from './runner-groups.ts';
import { hasLabels, type Runner, RunnerRegistry } from './runner-registry.ts';
import { SeededRandom } from './seeded-random.ts';
import { tokenGrant, type UserGrant } from './user-grants.ts';

/** What a registration token, a remove token, or the credential made from one allows. */
export interface SetupGrant {
  kind: 'registration' | 'removal';
  scope: Scope;
}

const seconds = 1000;
const minutes = 60 * seconds;
const hours = 60 * minutes;
const jobTokenLifetimeMs = 24 * hours;

/** All that the embedded GitHub knows. No HTTP here. */
export class GitHubState {
  readonly url: string;
  readonly token: string;
  readonly archive: Uint8Array<ArrayBuffer> | undefined;
  readonly accounts: Accounts;
  readonly groups: RunnerGroups;
  readonly tokenLifetimeMs: number;
  readonly accessTokenLifetimeMs: number;
  readonly now: () => number;
  readonly seed: number;
  readonly random: SeededRandom;
  readonly faults: FaultBook;
  readonly behaviour: GitHubBehaviour;
  readonly rateLimits: RateLimits;
  readonly apps: Apps;
  readonly userTokens: ExpiringTokens<UserGrant>;
  readonly setupTokens: ExpiringTokens<SetupGrant>;
  /** What the OAuth service gave to runners; the grant is the registration's client id. */
  readonly runnerTokens: ExpiringTokens<string>;
  readonly runners: RunnerRegistry = new RunnerRegistry();
  readonly sessions: BrokerSessions;
  readonly jobs: JobQueue;
  readonly #closing = new AbortController();
  #lastMessageId = 0;
  #issuedTokens = 0;

  constructor(url: string, options: GitHubOptions) {
    this.url = url;
    this.token = options.token ?? `ghp_${randomToken(36, 'base62')}`;
    this.archive = options.archive;
    this.accounts = new Accounts(options.repositories ?? ['octo/app'], options.enterprises ?? {});
    this.groups = new RunnerGroups(this.accounts, options.runnerGroups ?? []);
    this.tokenLifetimeMs = options.tokenLifetimeMs ?? 1 * hours;
    this.accessTokenLifetimeMs = options.accessTokenLifetimeMs ?? 1 * hours;
    this.now = options.now ?? Date.now;
    this.seed = options.seed ?? randomInt(2 ** 32);
    this.random = new SeededRandom(this.seed);
    this.faults = new FaultBook(this.random, this.now);
    this.behaviour = { ...documentedBehaviour, ...options.behaviour };
    this.rateLimits = new RateLimits(this.now, options.rateLimit ?? {});
    this.apps = new Apps(this.accounts);
    this.userTokens = new ExpiringTokens(this.now);
    this.userTokens.issue(this.token, tokenGrant('user', {}), Number.POSITIVE_INFINITY);
    this.setupTokens = new ExpiringTokens(this.now);
    this.runnerTokens = new ExpiringTokens(this.now);
    this.sessions = new BrokerSessions({
      now: this.now,
      pollMs: options.pollMs ?? 50 * seconds,
      sessionMs: options.sessionMs ?? 100 * seconds,
    });
    this.jobs = new JobQueue({
      reassignMs: options.reassignMs ?? 60 * seconds,
      jobLockMs: options.jobLockMs ?? 10 * minutes,
      now: this.now,
      drawsLie: () => this.random.happens('busy lies', this.behaviour.busyLies),
      onCancelled: ({ id }, runner, timeoutMs) => {
        const timeout = new Date(timeoutMs).toISOString().slice(11, 19);
        this.sessions.send(runner.id, this.message('JobCancellation', { jobId: id, timeout }));
      },
      onWaiting: () => this.dispatch(),
      onCompleted: (runner) => this.#afterJob(runner),
    });
  }

  /** Aborts when the server closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  queueJob(spec: JobSpec): QueuedJob {
    const name = spec.repository ?? this.accounts.repositories[0] ?? '';
    const repository = this.accounts.findRepository(name);
    if (repository === undefined) throw new RangeError(`There is no repository "${name}".`);
    return this.jobs.add(repository, spec);
  }

  /** Sends waiting jobs to waiting polls, first come first. */
  dispatch(): void {
    for (const job of this.jobs.waiting()) {
      const runner = this.#runnerFor(job);
      if (runner === undefined) continue;
      const body = {
        runner_request_id: this.jobs.assign(job, runner),
        run_service_url: `${this.url}/_run/`,
        billing_owner_id: '1',
      };
      this.sessions.send(runner.id, this.message('RunnerJobRequest', body));
    }
  }

  message(messageType: BrokerMessage['messageType'], body: object): BrokerMessage {
    this.#lastMessageId += 1;
    return { messageId: this.#lastMessageId, messageType, body: JSON.stringify(body) };
  }

  /** Deletes a runner, unless it has acquired a job and no lie was drawn. */
  deleteRunner(runner: Runner): 'deleted' | 'busy' {
    const isSpared =
      this.jobs.isRunning(runner) &&
      !this.random.happens('delete busy', this.behaviour.deletesBusy);
    if (isSpared) return 'busy';
    this.forgetRunner(runner);
    return 'deleted';
  }

  /** Drops a registration. A job that was merely offered is queued again; one that runs stays the runner's. */
  forgetRunner(runner: Runner, notice: DeletionNotice = this.behaviour.deletionNotice): void {
    const departure = this.runners.remove(runner, notice);
    this.jobs.withdraw(runner);
    const tell = (): void => {
      departure.isTold = true;
      // Its id may be another registration's meanwhile.
      if (this.runners.get(runner.id) === undefined) {
        this.sessions.end(runner.id, { kind: 'runner-gone' });
      }
    };
    const waitMs = this.random.duration('deletion notice', this.behaviour.deletionNoticeMs);
    if (waitMs === 0) {
      tell();
      return;
    }
    departure.isTold = false;
    const timer = setTimeout(tell, waitMs).unref();
    this.closing.addEventListener('abort', () => clearTimeout(timer));
  }

  issueToken(spec: TokenSpec = {}): string {
    const prefix = spec.kind === 'fine-grained' ? 'github_pat_' : 'ghp_';
    const token = prefix + randomToken(36, 'base62');
    const expiresAt = this.now() + (spec.lifetimeMs ?? Number.POSITIVE_INFINITY);
    this.#issuedTokens += 1;
    this.userTokens.issue(token, tokenGrant(`token ${this.#issuedTokens}`, spec), expiresAt);
    return token;
  }

  /** A token for one job's calls, which outlives the registration. */
  issueJobToken(runner: Runner): string {
    const token = randomToken(52, 'base62');
    this.runnerTokens.issue(token, runner.clientId, this.now() + jobTokenLifetimeMs);
    return token;
  }

  /** What the REST API says. */
  saysBusy(runner: Runner): boolean {
    const job = this.jobs.running(runner);
    if (job === undefined) return false;
    const [from, to] = this.behaviour.busyLieMs;
    const age = this.now() - job.acquiredAt;
    return !(job.isLiedAbout && age >= from && age < to);
  }

  describe(runner: Runner): RegisteredRunner {
    return {
      id: runner.id,
      scope: runner.scope,
      groupId: runner.groupId,
      name: runner.name,
      labels: runner.labels.map((label) => label.name),
      status: this.sessions.isOnline(runner.id) ? 'online' : 'offline',
      busy: this.jobs.isRunning(runner),
      ephemeral: runner.ephemeral,
    };
  }

  /** Ends every poll, timer and promise. */
  close(): void {
    this.#closing.abort();
    this.sessions.close();
    this.jobs.close();
  }

  #runnerFor(job: Job): Runner | undefined {
    const { pushTo } = job.spec;
    if (pushTo !== undefined) {
      return this.sessions.isOnline(pushTo) ? this.runners.get(pushTo) : undefined;
    }
    const poll = this.sessions.pending().find((candidate) => this.#fits(candidate, job));
    return poll && this.runners.get(poll.session.runnerId);
  }

  #fits(poll: PendingPoll, job: Job): boolean {
    const runner = this.runners.get(poll.session.runnerId);
    return (
      runner !== undefined &&
      poll.acceptsJobs &&
      this.accounts.covers(runner.scope, job.repository) &&
      this.groups.serves(runner.scope, runner.groupId, job.repository) &&
      !this.jobs.isTaken(runner) &&
      hasLabels(runner, job.spec.labels)
    );
  }

  // The poll in flight stays open: its answer would make the runner cancel the job that it is just finishing.
  #afterJob(runner: Runner): void {
    if (runner.ephemeral) this.runners.remove(runner, 'runner-not-found');
    this.dispatch();
  }
}
