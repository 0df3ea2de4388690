import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RunnerError, type TapContext } from '@ci-runner/core';

/** A program to run as guest. */
export interface GuestCommand {
  /** Names it in errors and in the log. */
  readonly what: string;
  readonly command: string;
  readonly args: readonly string[];
  /** What it reads; nothing when absent. */
  readonly input?: Readable;
  /** Ends the program; it may take ten minutes otherwise. */
  readonly signal?: AbortSignal;
}

const LIMIT_MS = 10 * 60_000;
const SHOWN_LINES = 3;

/** A program that ends early closes its input; its exit code says why. */
const feed = async (input: Readable, stdin: NodeJS.WritableStream): Promise<void> =>
  pipeline(input, stdin).catch(() => {});

/**
 * Runs a program as guest, with the supervisor's variables and English messages. What guest owns is changed as guest only: between a look and a
 * change of root's, guest could put a link in its place.
 *
 * @returns the lines of its standard output.
 * @throws RunnerError PROCESS_FAILED with the last lines of its error output; the reason of `signal`.
 */
export const runAsGuest = async (
  { what, command, args, input, signal }: GuestCommand,
  context: TapContext,
): Promise<string[]> => {
  signal?.throwIfAborted();
  const lines: string[] = [];
  const complaints: string[] = [];
  const managed = await context.spawn({
    what,
    command,
    args,
    env: { ...context.environment, LC_ALL: 'C' },
    user: context.guest,
    writable: input !== undefined,
    onLine: (line, stream) => void (stream === 'stdout' ? lines : complaints).push(line),
  });
  const limit = AbortSignal.any([AbortSignal.timeout(LIMIT_MS), ...(signal ? [signal] : [])]);
  const kill = (): void => void managed.killGroup('SIGKILL');
  limit.addEventListener('abort', kill, { once: true });
  if (limit.aborted) kill();
  const fed = input && managed.stdin ? feed(input, managed.stdin) : undefined;
  const exit = await managed.exited;
  limit.removeEventListener('abort', kill);
  await fed;
  signal?.throwIfAborted();
  if (exit.code === 0) return lines;
  const words = complaints.slice(-SHOWN_LINES).join(' | ') || 'no message';
  throw new RunnerError(
    'PROCESS_FAILED',
    `${what} ended with ${exit.code === null ? `signal ${exit.signal}` : `code ${exit.code}`}: ${words}`,
  );
};
