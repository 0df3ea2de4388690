import { stockSample, type Sample } from '@ci-runner/core';
import type { FleetCounts } from './count-fleet.ts';

/** Keeps what was counted until it is collected. */
export interface FleetSamples {
  add(counts: FleetCounts): void;
  /** The samples since it was called last. */
  take(): readonly Sample[];
}

const samplesOf = ({ idle, active, all, at }: FleetCounts): readonly Sample[] => [
  stockSample('IdleRunnersCount', { value: idle, at }),
  stockSample('ActiveRunnersCount', { value: active, at }),
  stockSample('AllRunnersCount', { value: all, at }),
];

/** Makes an empty keeper. */
export const createFleetSamples = (): FleetSamples => {
  let last: FleetCounts | undefined;
  return {
    add: (counts) => {
      last = counts;
    },
    take: () => {
      const counts = last;
      last = undefined;
      return counts === undefined ? [] : samplesOf(counts);
    },
  };
};
