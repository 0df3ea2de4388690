import type { StartedProcess, StartProcess } from './start-process.ts';

/** A program to run to its end. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** What it reads from its standard input; nothing when absent. */
  readonly input?: string;
  /** Gets each line of standard output, where a carriage return ends a line as well. */
  readonly onLine?: (line: string) => void;
  /** After this many milliseconds it is ended. @default never */
  readonly limitMs?: number;
  /** Ends it, with everything that it started. */
  readonly signal?: AbortSignal | undefined;
}

/** How it ended and what it printed. */
export interface Finished {
  /** One of the two is set. */
  readonly exit: { readonly code: number | null; readonly signal: string | null };
  /** Whether it was ended because its limit had passed; programs answer that signal in ways of their own. */
  readonly timedOut: boolean;
  /** Empty when `onLine` took it. */
  readonly stdout: readonly string[];
  /** The last lines. */
  readonly stderr: readonly string[];
}

/** Between SIGTERM and SIGKILL, in milliseconds. */
const GRACE_MS = 2_000;
const KEPT_LINES = 50;

const end = (started: StartedProcess): void => {
  started.killGroup('SIGTERM');
  const timer = setTimeout(() => started.killGroup('SIGKILL'), GRACE_MS);
  void started.exited.then(() => clearTimeout(timer));
};

const whenAborted = (signal: AbortSignal | undefined, react: () => void): (() => void) => {
  if (signal?.aborted) react();
  else signal?.addEventListener('abort', react, { once: true });
  return () => signal?.removeEventListener('abort', react);
};

/**
 * Runs a program and waits for its end.
 *
 * @throws StorageError when the program is missing.
 * @throws the reason of the signal's abort.
 */
export const runProgram = async (start: StartProcess, program: Program): Promise<Finished> => {
  const { command, args, input, onLine, limitMs, signal } = program;
  signal?.throwIfAborted();
  const stdout: string[] = [];
  const stderr: string[] = [];
  const started = await start({
    command,
    args,
    writable: input !== undefined,
    onLine: (line, stream) => {
      if (stream === 'stderr') {
        stderr.push(line);
        if (stderr.length > KEPT_LINES) stderr.shift();
      } else if (onLine) onLine(line);
      else stdout.push(line);
    },
  });
  // A program that ends without reading its input says why by its exit code.
  started.stdin?.on('error', () => {});
  started.stdin?.end(input);
  let timedOut = false;
  const timeOut = (): void => {
    timedOut = true;
    end(started);
  };
  const timer = limitMs === undefined ? undefined : setTimeout(timeOut, limitMs);
  const stopWatching = whenAborted(signal, () => end(started));
  const exit = await started.exited;
  stopWatching();
  clearTimeout(timer);
  signal?.throwIfAborted();
  return { exit, timedOut, stdout, stderr };
};
