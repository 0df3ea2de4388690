import { expect, it } from 'vitest';
import { simulatedClock } from '../../tests/simulated-clock.ts';
import type { TrackedJob } from './job-tracker.ts';
import { watchWorker } from './watch-worker.ts';

/** Watches a job whose Worker lives between two times, in milliseconds; answers when it was called vanished. */
const watch = async (
  [from, to]: readonly [number, number],
  resultAt = Number.POSITIVE_INFINITY,
  hookAt = Number.POSITIVE_INFINITY,
): Promise<number | undefined> => {
  const clock = simulatedClock();
  let vanishedAt: number | undefined;
  const job: TrackedJob = {
    name: 'build',
    startedAt: 0,
    get hookReported() {
      return clock.now() >= hookAt;
    },
    get result() {
      return clock.now() >= resultAt ? 'Succeeded' : undefined;
    },
  };
  await watchWorker(job, {
    clock,
    signal: new AbortController().signal,
    workerAlive: () => clock.now() >= from && clock.now() < to,
    onVanished: () => {
      vanishedAt = clock.now();
    },
  });
  return vanishedAt;
};

it('leaves a job alone as long as its Worker lives, and until its result', async () => {
  expect(await watch([4_000, 3_600_000], 3_605_000)).toBeUndefined();
});

it('notices a Worker that is gone without a result', async () => {
  expect(await watch([0, 60_000])).toBe(68_000);
});

it('waits longer for a Worker that has not been seen', async () => {
  expect(await watch([170_000, 300_000], 305_000)).toBeUndefined();
  expect(await watch([1, 0])).toBe(180_000);
});

it('does not wait long for a Worker whose job hook has reported', async () => {
  expect(await watch([1, 0], undefined, 1_000)).toBe(10_000);
});
