import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../storage-error.ts';

/** A program to start. */
export interface ProcessRequest {
  /** Looked for on PATH. */
  readonly command: string;
  readonly args: readonly string[];
  /** Whether `stdin` can be written to. It is /dev/null otherwise. */
  readonly writable: boolean;
  /** Gets every line of both streams. A carriage return may end a line as well. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** A running program that leads a process group of its own. */
export interface StartedProcess {
  /** Resolves when the program has ended and its output is read; never rejects. One of the two is set. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly stdin: Writable | null;
  /** Signals the program and everything that it started. */
  killGroup(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/**
 * Starts a program whose messages are in English (`LC_ALL=C`).
 *
 * @throws StorageError when PATH holds no such program.
 */
export type StartProcess = (request: ProcessRequest) => Promise<StartedProcess>;

/** Output that a descendant keeps open is not waited for longer than this after the program's own end. */
const DRAIN_OUTPUT_MS = 500;

/** What is thrown when a program is not there. */
export const missingProgram = (program: string): StorageError =>
  new StorageError(`${program} is not on PATH here`, `install the package of ${program}`);

const readLines = (child: ChildProcess, onLine: ProcessRequest['onLine']): Promise<unknown> =>
  Promise.all(
    (['stdout', 'stderr'] as const).map(async (name) => {
      const stream = child[name];
      if (stream === null) return;
      const lines = createInterface({ input: stream, crlfDelay: Infinity });
      lines.on('line', (line) => onLine(line, name));
      await once(lines, 'close');
    }),
  );

/** Starts programs as this process's own user, in its own environment. */
export const startProcess: StartProcess = async ({ command, args, writable, onLine }) => {
  const child = spawn(command, args, {
    env: { ...process.env, LC_ALL: 'C' },
    detached: true,
    stdio: [writable ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  const read = readLines(child, onLine);
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  try {
    await once(child, 'spawn');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw missingProgram(command);
    throw error;
  }
  const { pid } = child;
  return {
    exited: ended.then(async (exit) => {
      await Promise.race([read, sleep(DRAIN_OUTPUT_MS, undefined, { ref: false })]);
      return exit;
    }),
    stdin: child.stdin,
    killGroup: (signal) => {
      try {
        if (pid !== undefined) process.kill(-pid, signal);
      } catch {
        // Nothing of the group is left.
      }
    },
  };
};
