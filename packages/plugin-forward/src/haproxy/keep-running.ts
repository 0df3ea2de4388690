import { describeError, type ManagedProcess, type TapContext } from '@ci-runner/core';

const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** A process that lived this long has started well: the next pause is the shortest again. */
const HEALTHY_MS = 30_000;

const untilAborted = async (signal: AbortSignal): Promise<void> => {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
};

const sayHow = async ({ exited }: ManagedProcess): Promise<string> => {
  const { code, signal } = await exited;
  return signal === null ? `with exit code ${code}` : `by ${signal}`;
};

/** Starts haproxy again whenever it has ended, after a pause that doubles up to a limit, until `closing` aborts. */
export const keepRunning = async (
  first: ManagedProcess,
  start: () => Promise<ManagedProcess>,
  { log, clock }: TapContext,
  closing: AbortSignal,
): Promise<void> => {
  const closed = untilAborted(closing);
  let haproxy: ManagedProcess | undefined = first;
  let startedAt = clock.now();
  let pauseMs = SHORTEST_PAUSE_MS;
  for (;;) {
    if (haproxy) {
      const ending = sayHow(haproxy);
      await Promise.race([ending, closed]);
      if (closing.aborted) return;
      if (clock.now() - startedAt > HEALTHY_MS) pauseMs = SHORTEST_PAUSE_MS;
      log.warn(`haproxy ended ${await ending}; it is started again in ${pauseMs} ms`);
    }
    await clock.sleep(pauseMs, closing);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    startedAt = clock.now();
    haproxy = await start().catch((error: unknown) => {
      if (!closing.aborted) {
        log.error(`${describeError(error)}; the next attempt is in ${pauseMs} ms`);
      }
      return undefined;
    });
    if (haproxy) log.info('haproxy runs again');
  }
};
