import type { ProcessRequest, StartProcess } from '../processes/start-process.ts';

/** A command line. */
export type CommandLine = Pick<ProcessRequest, 'command' | 'args'>;

/** Where a slot is, and how to get there. */
export interface MirrorSource {
  /** The slot's directory, an absolute path where the storage is or one relative to its home. */
  readonly path: string;
  /** The command line that runs a POSIX sh script where the storage is. */
  shell(script: string, args: readonly string[]): CommandLine;
  /** A sh command that prints a word for the current directory there: another one when something else was stored in its place. */
  readonly identify: string;
}

/** What a pass of rsync has sent: regular files, and their bytes. */
export interface Sent {
  readonly files: number;
  readonly bytes: number;
}

/** Comparing by blocks costs more than it saves where there is nothing to compare with. */
export type RsyncManner = 'whole-files' | 'by-blocks';

/** How far it is. */
export interface MirrorProgress {
  /** Of the bytes to send, 0 to 100; undefined where nobody knows how many there are. */
  readonly percent: number | undefined;
  /** Sent so far. */
  readonly bytes: number;
}

/** What is to be made equal to what. */
export interface MirrorRequest {
  readonly source: MirrorSource;
  /** The local directory, an absolute path; it is made where it is missing. */
  readonly directory: string;
  /** Starts programs as the user that is to own the files. */
  readonly start: StartProcess;
  /** Makes the directory equal file by file, whatever it holds. */
  readonly rsync: (manner: RsyncManner) => Promise<Sent>;
  readonly onProgress?: (progress: MirrorProgress) => void;
  /** Ends it; the directory holds a part of the slot then. */
  readonly signal?: AbortSignal | undefined;
  /** A transfer that stands still this long is given up, in seconds. @default 60 */
  readonly silenceSeconds?: number;
}

/** What was done. */
export interface Mirrored extends Sent {
  /**
   * `equal`: there was nothing to do. `stream`: an empty directory was filled at one go. `rsync`: file by file.
   * `stream+rsync`: a stream that was not whole, or could not carry everything, was mended by rsync.
   */
  readonly how: 'equal' | 'stream' | 'rsync' | 'stream+rsync';
  /** What `identify` printed for the slot that all of it came from, and that was in its place to the end; undefined where nobody looked. */
  readonly generation: string | undefined;
}

/** Why a stream failed for good; the directory may hold a part of the slot. */
export class MirrorError extends Error {
  /** The program that failed, such as `rsync`. */
  readonly program: string;
  readonly exit: { readonly code: number | null; readonly signal: string | null };
  /** Its last lines of standard error. */
  readonly stderr: readonly string[];
  /** Whether it was ended because nothing had come for `silenceSeconds`. */
  readonly silent: boolean;

  constructor(
    message: string,
    failed: Pick<MirrorError, 'program' | 'exit' | 'stderr' | 'silent'>,
  ) {
    super(message);
    this.silent = failed.silent;
    this.program = failed.program;
    this.exit = failed.exit;
    this.stderr = failed.stderr;
  }
}
