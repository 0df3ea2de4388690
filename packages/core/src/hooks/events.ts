import type { RunnerConfig } from '../config/define-config.ts';
import type { RunnerError } from '../errors/runner-error.ts';

/** A runner that GitHub knows. */
export interface Registration {
  /** The id that GitHub gave it. */
  readonly id: number;
  readonly name: string;
  readonly labels: readonly string[];
}

/** A job of GitHub Actions that this runner runs. */
export interface Job {
  /** As GitHub shows it. */
  readonly name: string;
  /** The job's GITHUB_WORKSPACE, where it is known. */
  readonly workspace: string | undefined;
  /** When it began, in milliseconds since the epoch. */
  readonly startedAt: number;
}

/** A job that has ended. */
export interface FinishedJob extends Job {
  /** As the actions-runner reports it, such as `Succeeded`, `Failed` or `Canceled`. */
  readonly result: string;
  readonly ms: number;
  /**
   * Whether the job has come to the end of its last step, cleaning steps included. Then its workspace is as the job wanted to
   * leave it, whatever the result; false where a stop of the runner or of the job's process has cut it off. The job itself
   * says so: it is no proof. Undefined where that cannot be known.
   */
  readonly stepsEnded?: boolean | undefined;
}

/** What the plugin that runs the runner tells the core, which then calls the hooks of that moment. */
export interface ServeEvents {
  /** The runner waits for a job. */
  idle(): Promise<void>;
  /** A job was taken; calls beforeJob. Resolves to the reason why the job must fail, if a tap asked for that. */
  jobStarting(job: Job): Promise<string | undefined>;
  /** The first step of a job may run; calls onJobStarted. */
  jobStarted(job: Job): Promise<void>;
  /** The last step of a job has ended; calls afterJob. */
  jobFinished(job: FinishedJob): Promise<void>;
  /**
   * Must be called before the first attempt to delete a registration that works, also when another one will follow, as after
   * an update; calls beforeDeregister, once for every registration.
   */
  deregistering(): Promise<void>;
}

/** What the runner needs to run. */
export interface Serving {
  readonly registration: Registration;
  /** The whole environment of the runner and its jobs. */
  readonly environment: Readonly<Record<string, string>>;
  readonly events: ServeEvents;
}

/** How the runner ended by itself. */
export interface Served {
  readonly registration: Registration;
  /** Why, in words for the log. */
  readonly reason: string;
}

/** What happens after the runner has ended by itself. */
export type Next = 'serve' | 'register' | 'stop';

/** What somebody who asks for a drain knows besides his reason. */
export interface DrainLimits {
  /**
   * When the machine goes, in milliseconds since the epoch. It is told, and ends nothing: a job may go on until the machine
   * takes it along.
   */
  readonly deadline?: number | undefined;
}

/** Why and since when the runner drains. */
export interface DrainRequest extends DrainLimits {
  /** In words for the log, such as `SIGTERM`. */
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A drain under way; its deadline is the earliest that was told until it is read. */
export interface Draining extends DrainRequest {
  /** Must be called before the first attempt to delete the registration; calls beforeDeregister, once for every registration. */
  deregistering(): Promise<void>;
}

/** How a drain ended. */
export interface Drained {
  /** Whether GitHub confirmed that the runner is gone. */
  readonly deregistered: boolean;
  /** Whether a job ran when the drain began. */
  readonly jobWasRunning: boolean;
  /** The result of that job. */
  readonly jobResult: string | undefined;
}

/** Where this machine is and what it is called there. */
export interface Identity {
  /** Such as `i-0123456789abcdef0`. */
  readonly instanceId: string;
  /** Such as `eu-central-1`. */
  readonly region?: string;
}

/** What JSON can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** What a plugin says of one of the things that it looks after. */
export interface StatusItem {
  /** Names the thing, such as `listener`. */
  readonly name: string;
  /**
   * False only when this keeps the runner from its work and will not mend by itself, so that whoever watches the runner
   * should replace it. What is booting, draining, or waiting for a service that is down is healthy.
   */
  readonly healthy: boolean;
  /**
   * What a person or a program may want to know, such as the step of a drain; `null` for what is not known yet. One that is called
   * `since` is a time, in milliseconds since the epoch.
   */
  readonly facts: Readonly<Record<string, JsonValue>>;
}

/** What the run has come to when it closes. */
export interface Closing {
  readonly config: RunnerConfig;
  readonly error: RunnerError | undefined;
}
