import { setTimeout as sleep } from 'node:timers/promises';

/** Time, as the product sees it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Waits; rejects with an AbortError, whose cause is the reason, when the signal aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => sleep(ms, undefined, signal ? { signal } : undefined),
};
