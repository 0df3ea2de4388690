import type { CommandLine, MirrorRequest } from './mirror-request.ts';

/** How a program ended and what it printed. */
export interface Ended {
  readonly exit: { readonly code: number | null; readonly signal: string | null };
  /** The last lines that nobody understood. */
  readonly stderr: readonly string[];
  /** Whether it was ended because nothing had come for too long. */
  readonly silent: boolean;
}

/** What is heard while it runs. */
export interface Listener {
  /** Gets each line, and answers whether it has understood it; it is kept otherwise. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => boolean;
  /** Without a line for this long it is ended, in seconds. @default never */
  readonly silenceSeconds?: number | undefined;
}

/** Between SIGTERM and SIGKILL, in milliseconds. */
const GRACE_MS = 2_000;
const KEPT_LINES = 50;

/**
 * Runs a program to its end.
 *
 * @throws the reason of the request's abort.
 */
export const runToEnd = async (
  { start, signal }: Pick<MirrorRequest, 'start' | 'signal'>,
  line: CommandLine,
  listener: Listener,
): Promise<Ended> => {
  signal?.throwIfAborted();
  const stderr: string[] = [];
  let silent = false;
  let heardAt = performance.now();
  const running = await start({
    ...line,
    writable: false,
    onLine: (text, stream) => {
      heardAt = performance.now();
      if (listener.onLine(text, stream)) return;
      stderr.push(text);
      if (stderr.length > KEPT_LINES) stderr.shift();
    },
  });
  let grace: NodeJS.Timeout | undefined;
  const end = (): void => {
    running.killGroup('SIGTERM');
    grace ??= setTimeout(() => running.killGroup('SIGKILL'), GRACE_MS);
  };
  const limitMs = (listener.silenceSeconds ?? Infinity) * 1_000;
  const watch = setInterval(() => {
    if (performance.now() - heardAt < limitMs) return;
    silent = true;
    end();
  }, 500);
  if (signal?.aborted) end();
  signal?.addEventListener('abort', end, { once: true });
  const exit = await running.exited;
  signal?.removeEventListener('abort', end);
  clearInterval(watch);
  clearTimeout(grace);
  signal?.throwIfAborted();
  return { exit, stderr, silent };
};
