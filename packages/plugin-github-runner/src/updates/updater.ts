import type { Served, TapContext } from '@ci-runner/core';
import type { Outcome } from '../api/answer.ts';

/** The release that is installed. */
export interface InstalledRelease {
  readonly version: string;
  /** In days since it was built or published; undefined when that is not known. */
  readonly ageDays: number | undefined;
}

/** Keeps the actions-runner of this machine young enough for GitHub. */
export interface Updater {
  /**
   * Installs an actions-runner where there is none, and replaces one that is due; what fails then only delays it. It does
   * not wait for what a single young one says of itself.
   */
  prepare(context: TapContext): Promise<void>;
  /** Where the actions-runner to start is. */
  directory(context: TapContext): string;
  /**
   * Looks at long intervals whether the actions-runner is due, and installs the newer one beside the one that runs.
   * Resolves with its version when {@link Updater.activate} can switch to it; rejects only when `signal` aborts.
   */
  untilReady(context: TapContext, signal: AbortSignal): Promise<string>;
  /**
   * Installs what GitHub offers if it is newer, whatever the age of the installed one, when the runner ended because GitHub
   * calls it deprecated: {@link Updater.activate} can switch to it then. It takes five minutes at most; what fails is logged.
   */
  installIfDeprecated(served: Served, context: TapContext): Promise<void>;
  /** Switches to what has been installed beside the one that ran; answers whether there was anything. */
  activate(context: TapContext): Promise<boolean>;
  /** Cuts off what {@link Updater.prepare} did not wait for. */
  close(): void;
  /** What is installed, at this time in milliseconds since the epoch; undefined when nothing was found. */
  installed(now: number): InstalledRelease | undefined;
}

/** The settings of {@link createUpdater}. */
export interface UpdaterOptions {
  /** Whether anything is downloaded at all. */
  readonly enabled: boolean;
  /** Guest's directory for the actions-runner. */
  readonly root: (context: TapContext) => string;
  /** One attempt at `GET …/actions/runners/downloads`. */
  readonly list: (signal: AbortSignal, context: TapContext) => Promise<Outcome>;
  /** A connection that brings nothing for this long is given up, in milliseconds. @default 60000 */
  readonly stallMs?: number;
}
