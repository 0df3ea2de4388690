import { descriptorLimit } from '../descriptor-limit.ts';

/** File descriptors that relays may hold at once. */
export interface Descriptors {
  /** Answers whether there are so many left, which are its own then. */
  take(count: number): boolean;
  give(count: number): void;
}

/** What the supervisor keeps for itself: threads share the limit of their process. */
const KEPT = 100;

/** TCP and UDP have a thread each. */
const THREADS = 2;

/** The share of one relay thread. */
export const createDescriptors = (limit: number = descriptorLimit()): Descriptors => {
  let left = Math.floor((limit - KEPT) / THREADS);
  return {
    take: (count) => {
      if (left < count) return false;
      left -= count;
      return true;
    },
    give: (count) => {
      left += count;
    },
  };
};
