import type { Clock, Drained, Logger } from '@ci-runner/core';
import { countDown } from './count-down.ts';
import { overdue } from './drain-runner.ts';

/** What a stop brings along that a drain for an update has not. */
export interface JoiningStop {
  /** Before anything else, in seconds. */
  readonly delaySeconds: number;
  /** After this long the job that runs is cancelled, in milliseconds; undefined for never. */
  readonly timeoutMs: number | undefined;
  /** Is aborted then; the drain under way obeys it. */
  readonly limit: AbortController;
  /** Last words. */
  readonly deregistering: () => Promise<void>;
}

/** Joins a stop to the drain for an update that is under way. */
export const joinDrain = async (
  update: Promise<Drained>,
  { delaySeconds, timeoutMs, limit, deregistering }: JoiningStop,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<Drained> => {
  const over = new AbortController();
  await countDown(delaySeconds, { clock, log });
  if (timeoutMs !== undefined) {
    clock.sleep(timeoutMs, over.signal).then(
      () => limit.abort(overdue(timeoutMs)),
      () => {},
    );
  }
  try {
    await deregistering();
    return await update;
  } finally {
    over.abort();
  }
};
