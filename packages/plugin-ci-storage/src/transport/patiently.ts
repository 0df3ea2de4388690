import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError, type StorageErrorCode } from '../storage-error.ts';

/** How long to wait at least after each attempt that may go better next time, in milliseconds; then it is given up. */
const PAUSES_MS: readonly number[] = [500, 1_000, 2_000];

/** How to be patient. */
export interface PatienceOptions {
  readonly signal?: AbortSignal | undefined;
  /** After which failures there is another attempt. @default ['interrupted'] */
  readonly after?: readonly StorageErrorCode[];
  /** Waits so many milliseconds. @default with a timer */
  readonly pause?: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;
  /** Gets why an attempt failed, before there is another one. */
  readonly onRetry?: ((why: string) => void) | undefined;
}

const wait: PatienceOptions['pause'] = async (ms, signal) =>
  sleep(ms, undefined, { signal }).catch(() => signal?.throwIfAborted());

/**
 * Tries again while the connection breaks: an sshd refuses some of many clients that come at once (MaxStartups), and a random
 * part of each pause keeps them from coming at once again.
 */
export const patiently = async <Result>(
  work: () => Promise<Result>,
  { signal, onRetry, after = ['interrupted'], pause = wait }: PatienceOptions,
): Promise<Result> => {
  for (const ms of PAUSES_MS) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StorageError) || !after.includes(error.code)) throw error;
      onRetry?.(`${error.message}; trying again`);
    }
    await pause(ms * (1 + Math.random()), signal);
  }
  return work();
};
