import type { Clock } from '@ci-runner/core';

/** A clock whose sleeps take no time and move it. */
export const simulatedClock = (): Clock & { readonly slept: readonly number[] } => {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
  };
};
