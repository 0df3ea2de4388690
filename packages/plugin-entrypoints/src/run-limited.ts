import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@ci-runner/core';

/** What ends the wait for a script. */
export interface Limits {
  readonly clock: Clock;
  /** Aborts when the script is no longer wanted. */
  readonly signal: AbortSignal;
  /** How long it may take, in milliseconds; undefined for as long as it needs. */
  readonly limitMs: number | undefined;
  /** What it fails with then. */
  readonly overdue: () => Error;
  /** Ends what runs the script. */
  readonly kill: (signal: NodeJS.Signals) => void;
}

/** Between SIGTERM and SIGKILL for a script that is no longer wanted, in milliseconds. */
const ABORT_GRACE_MS = 2_000;

/** Rejects with the signal's reason, once what was told to stop has had its time. */
const stopped = async ({ kill }: Limits, stop: AbortSignal, ended: AbortSignal): Promise<never> => {
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', () => resolve(), { once: true, signal: ended });
  });
  kill('SIGTERM');
  await sleep(ABORT_GRACE_MS, undefined, { signal: ended });
  kill('SIGKILL');
  throw stop.reason;
};

/**
 * Waits for a script to end, and ends it when nobody wants it any more, or when it takes too long.
 *
 * @throws the reason of `signal`, or `overdue`.
 */
export const runLimited = async <Result>(
  limits: Limits,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const { clock, limitMs } = limits;
  const tooLong = new AbortController();
  const ended = new AbortController();
  const stop = AbortSignal.any([limits.signal, tooLong.signal]);
  const stopping = stopped(limits, stop, ended.signal);
  // It has no reader once the work has ended.
  stopping.catch(() => {});
  if (limitMs !== undefined) {
    clock.sleep(limitMs, ended.signal).then(
      () => tooLong.abort(limits.overdue()),
      () => {},
    );
  }
  const running = work(stop);
  // It may go on after the wait.
  running.catch(() => {});
  try {
    const result = await Promise.race([running, stopping]);
    return result;
  } catch (error) {
    // How it ended then is the consequence.
    stop.throwIfAborted();
    throw error;
  } finally {
    ended.abort();
  }
};
