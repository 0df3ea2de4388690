import type { Timeline } from './timeline.ts';

/** What one phase of the supervisor took. */
export interface PhaseReport {
  readonly name: string;
  readonly ms: number;
}

/** How the work directory was filled before the first job. */
export interface PrewarmReport {
  readonly files: number;
  readonly bytes: number;
  readonly ms: number;
  /** `ssh` for rsync over ssh, `none` when nothing was loaded. */
  readonly transport: string;
}

/** One port that was made to appear on localhost. */
export interface ForwardReport {
  readonly port: number;
  readonly protocol: string;
  readonly target: string;
  readonly engine: string;
  readonly ok: boolean;
}

/** One script that ran. */
export interface EntrypointReport {
  readonly path: string;
  readonly user: string;
  readonly ms: number;
  readonly ok: boolean;
}

/** One job, as GitHub and the job itself saw it. */
export interface RehearsedJobReport {
  readonly name: string;
  readonly result: string;
  /** How many files the job found in its workspace before it did anything. */
  readonly warmFiles: number | null;
  /** Whether the job could read GH_TOKEN in any environment, command line, the rehearsal's files or guest's home. */
  readonly tokenVisible: boolean | null;
  /** What else the job tried from inside, by name. */
  readonly checks: Readonly<Record<string, boolean>>;
}

/** The end of the run. */
export interface DrainReport {
  readonly signal: string;
  readonly jobWasRunning: boolean;
  readonly jobResult: string | null;
  readonly ms: number;
}

/** One data point that CloudWatch got. */
export interface MetricReport {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What a rehearsal saw. It is printed by `ci-runner rehearse --json`. */
export interface RehearsalReport {
  readonly ok: boolean;
  /** Why it is not ok, one sentence each. */
  readonly problems: readonly string[];
  /** What was real, and what was played or missing. */
  readonly means: Means;
  readonly phases: readonly PhaseReport[];
  /** What happened when, for the page. */
  readonly timeline: Timeline;
  readonly prewarm: PrewarmReport;
  readonly forward: readonly ForwardReport[];
  readonly entrypoints: readonly EntrypointReport[];
  readonly jobs: readonly RehearsedJobReport[];
  readonly drain: DrainReport | null;
  /** In the order in which they were published. */
  readonly metrics: readonly MetricReport[];
  readonly registration: { readonly name: string | null; readonly removed: boolean };
  readonly leftovers: {
    readonly processes: readonly string[];
    readonly runners: readonly string[];
    readonly files: readonly string[];
  };
  /** How the supervisor ended. */
  readonly exitCode: number | null;
}

/** With what a rehearsal was made. */
export interface Means {
  readonly real: readonly string[];
  readonly played: readonly string[];
  /** What this machine could not offer, and what was done instead. */
  readonly missing: readonly string[];
}
