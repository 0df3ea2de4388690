import type { Clock } from '@ci-runner/core';

/** Time that passes by hand, on top of the machine's own. */
export interface HandClock {
  readonly clock: Clock;
  /** Lets so many seconds pass as soon as somebody sleeps, and wakes all that do. */
  readonly pass: (seconds: number) => Promise<void>;
}

/** Waits, without a timer, until something is so. */
export const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
};

/** Makes a clock on which a minute takes as long as the test wants. */
export const handClock = (): HandClock => {
  let ahead = 0;
  const sleepers = new Set<() => void>();
  const clock: Clock = {
    now: () => Date.now() + ahead,
    sleep: async (_ms, signal) =>
      new Promise((resolve, reject) => {
        sleepers.add(resolve);
        const fail = (): void => {
          sleepers.delete(resolve);
          reject(signal?.reason as Error);
        };
        signal?.addEventListener('abort', fail, { once: true });
      }),
  };
  return {
    clock,
    pass: async (seconds) => {
      await until(() => sleepers.size > 0);
      ahead += seconds * 1_000;
      for (const wake of sleepers) wake();
      sleepers.clear();
    },
  };
};
