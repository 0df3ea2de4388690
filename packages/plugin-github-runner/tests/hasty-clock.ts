import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@ci-runner/core';

const LONGEST_MS = 10;

/** A clock whose sleeps move it by their length and take a moment: hours of patience pass in seconds. */
export const hastyClock = (): Clock => {
  let now = Date.now();
  return {
    now: () => now,
    sleep: async (ms, signal) => {
      await sleep(Math.min(ms, LONGEST_MS), undefined, { signal });
      now += ms;
    },
  };
};
