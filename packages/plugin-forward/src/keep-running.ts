import { describeError, type TapContext } from '@ci-runner/core';

/** The first pause after that: whoever loses its connections comes back at once. */
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** What lived this long has started well: the next one is started at once again. */
const HEALTHY_MS = 30_000;

/** Something that ought not to end. */
export interface Running {
  /** Resolves when it has ended, to how, such as `by SIGKILL`; never rejects. */
  readonly ended: Promise<string>;
}

const untilAborted = async (signal: AbortSignal): Promise<void> => {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
};

/**
 * Starts something again whenever it has ended, until `closing` aborts: at once for the first time, then after a pause that
 * doubles up to a limit.
 */
export const keepRunning = async (
  what: string,
  first: Running,
  start: () => Promise<Running>,
  { log, clock, closing }: Pick<TapContext, 'log' | 'clock'> & { readonly closing: AbortSignal },
): Promise<void> => {
  const closed = untilAborted(closing);
  let running: Running | undefined = first;
  let startedAt = clock.now();
  let pauseMs = 0;
  for (;;) {
    if (running) {
      await Promise.race([running.ended, closed]);
      if (closing.aborted) return;
      if (clock.now() - startedAt > HEALTHY_MS) pauseMs = 0;
      log.warn(`${what} ended ${await running.ended}; it is started again in ${pauseMs} ms`);
    }
    await clock.sleep(pauseMs, closing);
    pauseMs = Math.min(Math.max(2 * pauseMs, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
    startedAt = clock.now();
    running = await start().catch((error: unknown) => {
      if (!closing.aborted) {
        log.error(`${describeError(error)}; the next attempt is in ${pauseMs} ms`);
      }
      return undefined;
    });
    if (running) log.info(`${what} runs again`);
  }
};
