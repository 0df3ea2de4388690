import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { ManagedProcess, ProcessExit, TapContext, User } from '@ci-runner/core';
import { StorageError } from './storage-error.ts';

/** A program to run to its end. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  /** @default guest */
  readonly user?: User;
  /** What it reads from its standard input; nothing when absent. */
  readonly input?: string;
  /** Gets each line of standard output, where a carriage return ends a line as well. */
  readonly onLine?: (line: string) => void;
  /** After this many milliseconds it is ended. @default never */
  readonly limitMs?: number;
}

/** How it ended and what it printed. */
export interface Finished {
  readonly exit: ProcessExit;
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

const end = (managed: ManagedProcess): void => {
  managed.killGroup('SIGTERM');
  const timer = setTimeout(() => managed.killGroup('SIGKILL'), GRACE_MS);
  void managed.exited.then(() => clearTimeout(timer));
};

const whenAborted = (signal: AbortSignal, react: () => void): (() => void) => {
  if (signal.aborted) react();
  else signal.addEventListener('abort', react, { once: true });
  return () => signal.removeEventListener('abort', react);
};

/** @throws StorageError when PATH holds no such program. */
const assertInstalled = async (program: string, { environment }: TapContext): Promise<void> => {
  const directories = (environment['PATH'] ?? '').split(delimiter).filter(Boolean);
  for (const directory of directories) {
    const found = await access(join(directory, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return;
  }
  throw new StorageError(`${program} is not on PATH here`, `install the package of ${program}`);
};

/**
 * Runs a program and waits for its end; its standard error is logged. It is ended with everything that it started when the tap is aborted.
 *
 * @throws StorageError when the program is missing.
 * @throws the reason of the tap's abort.
 */
export const runCommand = async (context: TapContext, command: Command): Promise<Finished> => {
  await assertInstalled(command.command, context);
  const stdout: string[] = [];
  const stderr: string[] = [];
  const managed = await context.spawn({
    command: command.command,
    args: command.args,
    env: { ...context.environment, LC_ALL: 'C' },
    user: command.user ?? context.guest,
    writable: command.input !== undefined,
    carriageReturns: command.onLine !== undefined,
    onLine: (line, stream) => {
      if (stream === 'stderr') {
        if (line.trim() !== '') context.log.warn(`prewarm: ${line}`);
        stderr.push(line);
        if (stderr.length > KEPT_LINES) stderr.shift();
      } else if (command.onLine) command.onLine(line);
      else stdout.push(line);
    },
  });
  // A program that ends without reading its input says why by its exit code.
  managed.stdin?.on('error', () => {});
  managed.stdin?.end(command.input);
  let timedOut = false;
  const timeOut = (): void => {
    timedOut = true;
    end(managed);
  };
  const timer = command.limitMs === undefined ? undefined : setTimeout(timeOut, command.limitMs);
  const stopWatching = whenAborted(context.signal, () => end(managed));
  const exit = await managed.exited;
  stopWatching();
  clearTimeout(timer);
  context.signal.throwIfAborted();
  return { exit, timedOut, stdout, stderr };
};
