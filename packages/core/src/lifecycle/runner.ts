import type { RunnerConfigInput } from '../config/define-config.ts';
import type { Effects } from '../effects/effects.ts';
import type { LogRecord } from '../log/format-line.ts';
import type { Logger } from '../log/logger.ts';
import type { Configured } from './configure.ts';
import type { ConfiguredTaps } from './configure-taps.ts';
import type { RunResult } from './run.ts';
import type { RunnerStatus } from './status.ts';

/** What a runner is made from. */
export interface RunnerOptions {
  /** The content of the configuration file, or what stands in for it. */
  readonly config: RunnerConfigInput;
  /** The variables to read; `process.env` in the command. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Takes the lines of the log, and the record that each is made from; both are masked. */
  readonly write: (line: string, record: LogRecord) => void;
  /** How the world is touched. @default the real machine */
  readonly effects?: Effects;
}

/** One run of a runner, from its configuration to its close. One of `check`, `taps` and `run` is called, and once. */
export interface Runner {
  readonly log: Logger;
  /**
   * Validates everything that can be set and starts nothing. What taps acquired meanwhile is released when it settles.
   *
   * @throws ConfigurationError with all faults at once.
   */
  check(): Promise<Configured>;
  /** Sets the plugins up and tells who taps which hook. Calls no hook, so that what only a check finds does not matter. */
  taps(): Promise<ConfiguredTaps>;
  /** Boots, serves, drains and closes. Never rejects; everything acquired is released when it resolves. */
  run(): Promise<RunResult>;
  /** Ends the run without losing a job. The first call counts; later ones answer false and change nothing. */
  drain(reason: string): boolean;
  /** How the run fares, at any moment. Never rejects, and takes at most some three seconds, whatever plugins do. */
  status(): Promise<RunnerStatus>;
  /** Ends the run as `drain` does, because something failed outside of all hooks. */
  fail(thrown: unknown): void;
}
