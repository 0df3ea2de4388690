import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../packages/core/src/index.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes only when everybody sleeps. */
export interface SimulatedTime {
  readonly clock: Clock;
  /** Lets time pass until a moment, in milliseconds, or until nobody sleeps any more. */
  passUntil(end: number): Promise<void>;
}

/** Makes a time that begins at `start`, in milliseconds since the epoch. */
export const createSimulatedTime = (start: number): SimulatedTime => {
  let now = start;
  /** A binary heap: the first to wake is at its root. */
  const heap: Sleeper[] = [];
  const atOf = (index: number): number => heap[index]?.at ?? Number.POSITIVE_INFINITY;
  const swap = (one: number, other: number): void => {
    [heap[one], heap[other]] = [heap[other] as Sleeper, heap[one] as Sleeper];
  };
  const push = (sleeper: Sleeper): void => {
    let index = heap.push(sleeper) - 1;
    for (
      let above = (index - 1) >> 1;
      index > 0 && atOf(above) > sleeper.at;
      above = (index - 1) >> 1
    ) {
      swap(index, above);
      index = above;
    }
  };
  const pop = (): Sleeper | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      const least = atOf(left + 1) < atOf(left) ? left + 1 : left;
      if (atOf(least) >= last.at) return first;
      swap(index, least);
      index = least;
    }
  };
  const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = (): void => reject(signal?.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
    push({ at: now + Math.max(ms, 0), wake: resolve });
    await promise;
    signal?.removeEventListener('abort', abort);
  };
  return {
    clock: { now: () => now, sleep },
    passUntil: async (end) => {
      for (;;) {
        // All that follows from the last awakening has happened after one turn of the event loop.
        await turn();
        if (atOf(0) > end) break;
        const next = pop();
        if (next === undefined) break;
        now = Math.max(now, next.at);
        next.wake();
      }
      now = Math.max(now, Number.isFinite(end) ? end : now);
    },
  };
};
