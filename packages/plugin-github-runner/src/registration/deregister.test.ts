import { expect, it } from 'vitest';
import type { Logger } from '@ci-runner/core';
import { simulatedClock } from '../../tests/simulated-clock.ts';
import type { Answer, Outcome } from '../api/answer.ts';
import type { Look } from '../api/runners-api.ts';
import { deleteUntilGone, type Deletion } from './deregister.ts';

const MINUTE = 60_000;

const quiet: Logger = { info: () => {}, warn: () => {}, error: () => {}, child: () => quiet };

const answer = (status: number, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  message: '',
  body: undefined,
});

const attempt = async (
  outcomes: Outcome[],
  untilIdle: () => Promise<boolean> = async () => false,
  listed: readonly Look['id'][] = [1, null],
  mayAppear = false,
): Promise<{ ended: Deletion; slept: readonly number[]; attempts: number; said: string[] }> => {
  const clock = simulatedClock();
  let attempts = 0;
  let looks = 0;
  const said: string[] = [];
  const log: Logger = { ...quiet, error: (message) => said.push(message) };
  const ended = await deleteUntilGone({
    api: {
      deleteRunner: async () => {
        attempts += 1;
        return outcomes[Math.min(attempts, outcomes.length) - 1] ?? answer(500);
      },
      findRunner: async () => {
        looks += 1;
        return { outcome: answer(503), id: listed[Math.min(looks, listed.length) - 1] };
      },
    },
    name: 'ci-runner-1',
    mayAppear,
    clock,
    log,
    untilIdle,
    patienceMs: 10 * MINUTE,
    random: () => 1,
  });
  return { ended, slept: clock.slept, attempts, said };
};

it.each([
  [204, 'deleted'],
  [404, 'absent'],
] as const)('is done after a %i', async (status, ended) => {
  expect(await attempt([answer(status)])).toMatchObject({ ended, slept: [], attempts: 1 });
});

it('tries again after errors, and as late as the server says', async () => {
  const outcomes = [
    { status: undefined, message: 'ECONNRESET' } as const,
    answer(502),
    answer(403, { 'retry-after': '40' }),
    answer(401),
    answer(204),
  ];
  const { ended, slept } = await attempt(outcomes);
  expect(ended).toBe('deleted');
  expect(slept).toEqual([1_000, 2_000, 50_000, 30_000]);
});

it('asks less and less often while GitHub calls the runner busy, and is patient again after a job', async () => {
  const busy = await attempt([...Array.from({ length: 6 }, () => answer(422)), answer(204)]);
  expect(busy.slept).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  const jobs = await attempt(
    [...Array.from({ length: 100 }, () => answer(422)), answer(204)],
    async () => true,
  );
  expect(jobs).toMatchObject({ ended: 'deleted', attempts: 101 });
  expect(new Set(jobs.slept)).toEqual(new Set([2_000]));
});

it('gives up when its patience ends', async () => {
  const { ended, slept } = await attempt([answer(500)]);
  expect(ended).toBe('kept');
  const total = slept.reduce((sum, ms) => sum + ms, 0);
  expect(total).toBeGreaterThan(9 * MINUTE);
  expect(total).toBeLessThanOrEqual(10 * MINUTE);
  expect(await attempt([answer(429, { 'retry-after': '3600' })])).toMatchObject({
    ended: 'kept',
    slept: [],
  });
});

const totalOf = (slept: readonly number[]): number => slept.reduce((sum, ms) => sum + ms, 0);

it.each([
  ['a revoked token', answer(401)],
  ['missing rights', answer(403)],
  ['a 404 that the list of runners does not confirm', answer(404)],
])('gives up soon after %s, and names the runner', async (_what, outcome) => {
  const { ended, slept, said } = await attempt([outcome], undefined, [1, undefined]);
  expect(ended).toBe('kept');
  expect(totalOf(slept)).toBeLessThanOrEqual(3 * MINUTE);
  expect(totalOf(slept)).toBeGreaterThan(2 * MINUTE);
  expect(said.join()).toMatch(/runner ci-runner-1: .*may still be registered/);
});

it('gives up a refused token also when one job follows another', async () => {
  let jobs = 100;
  const { ended, slept } = await attempt([answer(401)], async () => (jobs -= 1) > 0);
  expect(ended).toBe('kept');
  expect(totalOf(slept)).toBeLessThanOrEqual(3 * MINUTE);
});

it('is patient when the access comes back, and while GitHub limits or fails', async () => {
  const back = [answer(401), answer(401), answer(422), answer(401), answer(204)];
  expect(await attempt(back)).toMatchObject({ ended: 'deleted', attempts: 5 });
  const limited = await attempt([answer(403, { 'retry-after': '200' }), answer(204)]);
  expect(limited).toMatchObject({ ended: 'deleted', attempts: 2 });
});

it('believes a 404 only when the list does not have the runner', async () => {
  const { ended, attempts } = await attempt([answer(404)], undefined, [1, 1, undefined, null]);
  expect({ ended, attempts }).toEqual({ ended: 'absent', attempts: 3 });
});

it('deletes nothing that GitHub does not list, and waits with that for a list', async () => {
  expect(await attempt([], undefined, [null])).toMatchObject({ ended: 'absent', attempts: 0 });
  const late = await attempt([answer(204)], undefined, [undefined, undefined, 1]);
  expect(late).toMatchObject({ ended: 'deleted', attempts: 1, slept: [1_000, 2_000] });
});

it('looks twice for a runner that may still appear', async () => {
  const appears = await attempt([answer(204)], undefined, [null, 1], true);
  expect(appears).toMatchObject({ ended: 'deleted', slept: [3_000] });
  const absent = await attempt([], undefined, [null, null], true);
  expect(absent).toMatchObject({ ended: 'absent', slept: [3_000] });
});
