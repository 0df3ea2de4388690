import type { Clock, Logger } from '@ci-runner/core';
import type { Listener } from '../listener/listener.ts';

/**
 * What a Listener ends with that was asked to: 2 when its session is gone with its registration, 1 when it noticed that
 * before the signal; 130 and an own SIGINT when the signal was quicker than its handler; 143 after a SIGTERM from elsewhere.
 */
const CLEAN_EXITS: ReadonlySet<number> = new Set([0, 1, 2, 130, 143]);

/** How long an idle Listener may take to its end; the service host of the actions-runner waits as long. */
export const IDLE_STOP_MS: number = 30_000;

/** A cancelled job has 10 s for its step and 25 s for its report (ProcessInvoker.cs, JobRunner.cs). */
export const BUSY_STOP_MS: number = 60_000;

/** What {@link stopListener} needs. */
export interface StopDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** After this long the Listener's group is killed, in milliseconds. */
  readonly limitMs: number;
}

/** Ends a Listener with SIGINT, and its group with SIGKILL when that does not help. A job that runs is cancelled. */
export const stopListener = async (
  listener: Listener,
  { clock, log, limitMs }: StopDeps,
): Promise<void> => {
  listener.interrupt();
  const limit = new AbortController();
  const overdue = clock.sleep(limitMs, limit.signal).then(
    () => true,
    () => false,
  );
  if (await Promise.race([overdue, listener.exited.then(() => false)])) {
    log.warn(`the Listener did not stop within ${limitMs / 1000} s and is killed`);
    listener.killGroup();
  }
  limit.abort();
  const { code, signal } = await listener.exited;
  if (code !== null && !CLEAN_EXITS.has(code)) log.warn(`the Listener stopped with code ${code}`);
  if (signal !== null && signal !== 'SIGINT') log.warn(`the Listener was ended by ${signal}`);
  await listener.ended;
};
