import type { StartedProcess, StartProcess } from './start-process.ts';

/** A program to run to its end. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** What it reads from its standard input; nothing when absent. */
  readonly input?: string;
  /** Whether its messages are for the caller alone, and need not be told to anybody else. @default false */
  readonly quiet?: boolean;
  /** Gets each line, where a carriage return ends a line as well, and answers whether it has understood it. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => boolean;
  /** After this many milliseconds it is ended. @default never */
  readonly limitMs?: number;
  /** Without a line for this long it is ended, in seconds. @default never */
  readonly silenceSeconds?: number;
  /** Ends it, with everything that it started. */
  readonly signal?: AbortSignal | undefined;
}

/** How it ended and what it printed. */
export interface Finished {
  /** One of the two is set. */
  readonly exit: { readonly code: number | null; readonly signal: string | null };
  /** Whether it was ended because its limit had passed; programs answer that signal in ways of their own. */
  readonly timedOut: boolean;
  /** Whether it was ended because nothing had come for too long. */
  readonly silent: boolean;
  /** All lines; the last ones that `onLine` did not understand, where there is one. */
  readonly stdout: readonly string[];
  /** The last lines, without those that `onLine` understood. */
  readonly stderr: readonly string[];
}

/** Between SIGTERM and SIGKILL, in milliseconds. */
const GRACE_MS = 2_000;
const KEPT_LINES = 50;
/** How often it is looked at how long it has been silent. */
const LOOK_EVERY_MS = 500;

/** Ends a program, however often it is called; the result forgets that it was to be killed. */
const createEnder = (
  started: StartedProcess,
): { readonly end: () => void; readonly forget: () => void } => {
  let grace: NodeJS.Timeout | undefined;
  return {
    end: () => {
      started.killGroup('SIGTERM');
      grace ??= setTimeout(() => started.killGroup('SIGKILL'), GRACE_MS);
    },
    forget: () => clearTimeout(grace),
  };
};

const whenAborted = (signal: AbortSignal | undefined, react: () => void): (() => void) => {
  if (signal?.aborted) react();
  else signal?.addEventListener('abort', react, { once: true });
  return () => signal?.removeEventListener('abort', react);
};

const keepLast = (lines: string[], line: string): void => {
  lines.push(line);
  if (lines.length > KEPT_LINES) lines.shift();
};

/**
 * Runs a program and waits for its end.
 *
 * @throws StorageError when the program is missing.
 * @throws the reason of the signal's abort.
 */
export const runProgram = async (start: StartProcess, program: Program): Promise<Finished> => {
  const { command, args, input, quiet = false, onLine, limitMs, silenceSeconds, signal } = program;
  signal?.throwIfAborted();
  const stdout: string[] = [];
  const stderr: string[] = [];
  let heardAt = performance.now();
  const started = await start({
    command,
    args,
    writable: input !== undefined,
    quiet,
    onLine: (line, stream) => {
      heardAt = performance.now();
      if (onLine?.(line, stream)) return;
      if (stream === 'stdout' && !onLine) stdout.push(line);
      else keepLast(stream === 'stdout' ? stdout : stderr, line);
    },
  });
  // A program that ends without reading its input says why by its exit code.
  started.stdin?.on('error', () => {});
  started.stdin?.end(input);
  const { end, forget } = createEnder(started);
  let timedOut = false;
  let silent = false;
  const timeOut = (): void => {
    timedOut = true;
    end();
  };
  const look = (): void => {
    if (performance.now() - heardAt < (silenceSeconds ?? Infinity) * 1_000) return;
    silent = true;
    end();
  };
  const limit = limitMs === undefined ? undefined : setTimeout(timeOut, limitMs);
  const watch = silenceSeconds === undefined ? undefined : setInterval(look, LOOK_EVERY_MS);
  const stopWatching = whenAborted(signal, end);
  const exit = await started.exited;
  stopWatching();
  clearTimeout(limit);
  clearInterval(watch);
  forget();
  signal?.throwIfAborted();
  return { exit, timedOut, silent, stdout, stderr };
};
