/** A program to start. */
export interface ProgramRequest {
  /** Looked for on PATH. */
  readonly command: string;
  readonly args: readonly string[];
  /** Whether `stdin` can be written to. It is /dev/null otherwise. */
  readonly writable: boolean;
  /** Gets every line of both streams. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** A running program that leads a process group of its own. */
export interface RunningProgram {
  /** Resolves when the program has ended and its output is read; never rejects. One of the two is set. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** Signals the program and everything that it started. */
  killGroup(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** Starts a program whose messages are in English (`LC_ALL=C`), as the user that is to own the files. */
export type StartProgram = (request: ProgramRequest) => Promise<RunningProgram>;

/** A command line. */
export type CommandLine = Pick<ProgramRequest, 'command' | 'args'>;

/** Where a slot is, and how to get there. */
export interface MirrorSource {
  /** The slot's directory, an absolute path where the storage is or one relative to its home. */
  readonly path: string;
  /** The command line that runs a POSIX sh script where the storage is. */
  shell(script: string, args: readonly string[]): CommandLine;
  /** The name by which rsync finds `path`, without a slash at its end. */
  readonly rsyncSource: string;
  /** What rsync needs to get there. */
  readonly rsyncArguments: readonly string[];
}

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
  /** Patterns as rsync has them; what they match neither travels nor is deleted. @default none */
  readonly excludes?: readonly string[];
  /** Patterns as rsync has them; when there are any, only what they match travels and nothing is deleted. @default none */
  readonly layer?: readonly string[];
  /**
   * Whether the storage keeps owners in extended attributes: `rsyncArguments` have rsync called with `--fake-super` there, and only
   * rsync can read them. @default false
   */
  readonly fakeSuper?: boolean;
  readonly start: StartProgram;
  readonly onProgress?: (progress: MirrorProgress) => void;
  /** Ends it; the directory holds a part of the slot then. */
  readonly signal?: AbortSignal | undefined;
  /** A transfer that stands still this long is given up, in seconds. @default 60 */
  readonly silenceSeconds?: number;
}

/** What was done. */
export interface Mirrored {
  /** Regular files that were sent; undefined after a stream: tar does not count them, and listing them costs a tenth of the time. */
  readonly files: number | undefined;
  /** Bytes of the files that were sent; in a stream, of their names and attributes as well. */
  readonly bytes: number;
  /**
   * `equal`: there was nothing to do. `stream`: an empty directory was filled at one go. `rsync`: file by file.
   * `stream+rsync`: a stream that was not whole, or could not carry everything, was mended by rsync.
   */
  readonly how: 'equal' | 'stream' | 'rsync' | 'stream+rsync';
}

/** Why a directory could not be made equal; the directory may hold a part of the slot. */
export class MirrorError extends Error {
  /** The program that failed, such as `rsync`. */
  readonly program: string;
  readonly exit: { readonly code: number | null; readonly signal: string | null };
  /** Its last lines of standard error. */
  readonly stderr: readonly string[];

  constructor(message: string, failed: Pick<MirrorError, 'program' | 'exit' | 'stderr'>) {
    super(message);
    this.program = failed.program;
    this.exit = failed.exit;
    this.stderr = failed.stderr;
  }
}
