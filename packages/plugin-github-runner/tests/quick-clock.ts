import type { Clock } from '@ci-runner/core';
import { setTimeout as sleep } from 'node:timers/promises';

/** A clock that runs `factor` times as fast as the machine's: all waits keep their proportions, those for real work excepted. */
export const quickClock = (factor = 10): Clock => {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * factor,
    sleep: async (ms, signal) => {
      await sleep(ms / factor, undefined, { signal });
    },
  };
};
