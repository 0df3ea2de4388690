import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../storage-error.ts';

/** How long to wait at least after each attempt that may go better next time, in milliseconds; then it is given up. */
const PAUSES_MS: readonly number[] = [500, 1_000, 2_000];

/** How to be patient. */
export interface PatienceOptions {
  readonly signal?: AbortSignal | undefined;
  /** Gets why an attempt failed, before there is another one. */
  readonly onRetry?: ((why: string) => void) | undefined;
}

/**
 * Tries again while the connection breaks: an sshd refuses some of many clients that come at once (MaxStartups), and a random
 * part of each pause keeps them from coming at once again.
 */
export const patiently = async <Result>(
  work: () => Promise<Result>,
  { signal, onRetry }: PatienceOptions,
): Promise<Result> => {
  for (const pause of PAUSES_MS) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'interrupted') throw error;
      onRetry?.(`${error.message}; trying again`);
    }
    await sleep(pause * (1 + Math.random()), undefined, { signal }).catch(() =>
      signal?.throwIfAborted(),
    );
  }
  return work();
};
