import type { PluginHooks, RunnerConfig } from '@ci-runner/core';

/** The log, under the script's name. */
export interface EntrypointLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** How a program is run. */
export interface RunOptions {
  /** @default '/' for root's scripts, guest's home for guest's */
  cwd?: string;
  /** What it reads from its standard input. @default nothing */
  input?: string;
  /** Whether its standard output is kept out of the log, because it is long or holds a secret. @default false */
  quiet?: boolean;
}

/**
 * Runs a program with the variables of `env` to its end, and logs its output line by line. Resolves to what it wrote to its
 * standard output, without the last line end. It is ended when the boot is given up while the script runs; in hooks that root's has
 * tapped it works until the close.
 *
 * @throws Error when it cannot be started, or ends with another exit code than 0.
 */
export type RunProgram = (
  command: string,
  args?: readonly string[],
  options?: RunOptions,
) => Promise<string>;

/** What every entrypoint gets. */
interface EntrypointContext {
  /**
   * The environment that later scripts start from; what guest's scripts leave behind is what jobs inherit. Set, change or
   * delete variables in place.
   */
  readonly env: Record<string, string | undefined>;
  readonly log: EntrypointLog;
  readonly run: RunProgram;
  /** Aborts when the script has reached its time limit or the boot is given up. */
  readonly signal: AbortSignal;
}

/** What a script of root's gets. */
export interface RootEntrypointContext extends EntrypointContext {
  /** The settings of the core; before validation what they are so far. */
  readonly config: RunnerConfig;
  /** The hooks of the lifecycle. Those whose turn has come already refuse taps. */
  readonly hooks: PluginHooks;
}

/** What a script of guest's gets. */
export type GuestEntrypointContext = EntrypointContext;

/** The default export of root's `entrypoint.*.{ts,mts,mjs,js}`. It runs in the supervisor, as root. */
export type RootEntrypoint = (context: RootEntrypointContext) => void | Promise<void>;

/** The default export of guest's `entrypoint.*.{ts,mts,mjs,js}`. It runs in a process of guest's. */
export type GuestEntrypoint = (context: GuestEntrypointContext) => void | Promise<void>;
