import type { Server as NetServer } from 'node:net';
import type { ManagedProcess, ProcessSpec } from '../effects/processes.ts';
import type { Clock } from '../effects/clock.ts';
import type { User } from '../effects/users.ts';
import type { RunnerConfig } from '../config/define-config.ts';
import type { DrainLimits, Identity } from './events.ts';
import type { Logger } from '../log/logger.ts';

/** Something to acquire, and how to give it back. */
export interface Acquisition<Resource> {
  /** Names it in errors and in the log, such as `forward of port 5432`. */
  readonly what: string;
  readonly acquire: () => Resource | Promise<Resource>;
  readonly release: (resource: Resource) => void | Promise<void>;
  /**
   * Resolves when the resource has ended by itself, so that nothing is left to release: it is forgotten then, and a run that
   * lasts for months does not collect what it acquires again and again. Where it rejects, the release stays.
   */
  readonly until?: (resource: Resource) => Promise<unknown>;
  /** How long the release may take, in milliseconds; `false` for as long as it needs. @default 30000 */
  readonly releaseDeadlineMs?: number | false;
}

/** A process to own. */
export interface OwnedProcessSpec extends ProcessSpec {
  /** Names it in errors and in the log. @default the command */
  readonly what?: string;
  /** Variables that it gets besides, although they may hold a secret: no secret in `env` passes to a process of guest's. */
  readonly secretEnv?: Readonly<Record<string, string>>;
  /** Between SIGTERM and SIGKILL to its session at the close, in milliseconds. @default 5000 */
  readonly graceMs?: number;
}

/** A file to own. */
export interface OwnedFile {
  readonly path: string;
  readonly content: string;
  /** @default 0o600 */
  readonly mode?: number;
  /** Whom it belongs to; the supervisor's own user when absent. */
  readonly owner?: User;
}

/** Where a server listens. */
export interface ListenTarget {
  /** A unix socket's path, instead of port and host. */
  readonly path?: string;
  readonly port?: number;
  readonly host?: string;
}

/**
 * What a tap works with besides its payload. Whatever it acquires here is released when the runner closes, newest
 * first, however it ends; what is acquired after that is released at once, and the acquisition fails with CONTEXT_CLOSED.
 */
export interface TapContext {
  /** Aborts when the tap's deadline has passed or the run no longer waits for it. */
  readonly signal: AbortSignal;
  readonly config: RunnerConfig;
  /** Who guest entrypoints, the prewarm and the runner run as. */
  readonly guest: User;
  /** Who the supervisor itself runs as. */
  readonly supervisor: User;
  /** The supervisor's environment without any secret, in no encoding either: what children start from. Frozen. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: Logger;
  readonly clock: Clock;
  /** Who and where this machine is, asked of resolveIdentity once for the run; undefined where nobody knows. */
  identity(): Promise<Identity | undefined>;
  /**
   * Ends the run without losing a job, as SIGTERM does. The first request counts; later ones answer false and change
   * nothing but the deadline, of which the earliest counts.
   */
  drain(reason: string, limits?: DrainLimits): boolean;
  own<Resource>(acquisition: Acquisition<Resource>): Promise<Resource>;
  /**
   * Starts a process in a session and a group of its own; its session is ended at the close. What guest runs gets no variable that is or
   * holds a secret, because jobs can look into it.
   */
  spawn(spec: OwnedProcessSpec): Promise<ManagedProcess>;
  /** Makes a directory that only `owner` (default: the supervisor) can enter; it is removed at the close. */
  temporaryDirectory(prefix: string, owner?: User): Promise<string>;
  /**
   * Writes a file into a directory, which must be no link. At the close the file is removed from that same directory,
   * wherever it is then; something else in its place is left, with a warning.
   */
  writeFile(file: OwnedFile): Promise<void>;
  /**
   * At the close removes the file or the empty directory that somebody else makes at `path`, from the directory that is
   * there now, which must be no link. Links and what is not empty are left, with a warning.
   */
  removeAtClose(path: string): Promise<void>;
  /** Starts a server; it is closed at the close. */
  listen(server: NetServer, target: ListenTarget): Promise<void>;
}
