import type { EmbeddedGitHub } from '../../packages/sandbox/src/index.ts';
import type { Finished } from '../run-program.ts';

/** What a runner is started with. */
export interface RunnerSpec {
  /** The GitHub that it registers at, if any. */
  readonly github?: EmbeddedGitHub;
  /** Variables besides those that a runner of `github` needs, or in their place; an empty one counts as unset. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A runner under test, whatever it runs in. It ends with its test. */
export interface StartedRunner {
  /** All that it has printed so far. */
  readonly log: () => string;
  /** Waits for a text in what it prints, or for that many of them. */
  logged(text: string | RegExp, times?: number): Promise<void>;
  /** Sends SIGTERM and resolves to the exit code. */
  stop(): Promise<number>;
  /** Resolves to the exit code when it has ended; 137 after SIGKILL. */
  readonly exited: Promise<number>;
  /** Runs another command of ours against it, such as `status`. */
  command(...args: string[]): Promise<Finished>;
}

/** A way to run the product. */
export interface Driver {
  readonly name: string;
  /** Where a GitHub must listen for its runners to reach it. */
  readonly host: string;
  readonly start: (spec: RunnerSpec) => Promise<StartedRunner>;
}
