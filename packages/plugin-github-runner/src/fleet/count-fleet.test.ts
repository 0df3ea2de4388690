import { expect, test } from 'vitest';
import type { Clock, Logger } from '@ci-runner/core';
import type { ApiClient } from '../api/client.ts';
import { countFleet, type FleetCounts } from './count-fleet.ts';
import { createFleetSamples } from './fleet-samples.ts';

const runner = (index: number) => ({
  id: index,
  name: index % 10 === 9 ? `other-${index}` : `octo-${index}`,
  status: index % 10 === 8 ? 'offline' : 'online',
  busy: index % 10 < 2,
});

interface Played {
  readonly counts: FleetCounts[];
  readonly paths: string[];
  readonly waits: number[];
  readonly warnings: string[];
}

/** A fleet of so many runners, looked at until a container has waited so often. */
const play = async (
  size: number,
  {
    waits: mostWaits = 3,
    used,
    status = 200,
  }: { waits?: number; used?: number; status?: number } = {},
): Promise<Played> => {
  const played: Played = { counts: [], paths: [], waits: [], warnings: [] };
  const ending = new AbortController();
  const all = Array.from({ length: size }, (_none, index) => runner(index));
  const clock: Clock = {
    now: () => 7,
    sleep: async (ms, signal) => {
      if (played.waits.length === mostWaits) ending.abort(new Error('enough'));
      signal?.throwIfAborted();
      played.waits.push(ms);
    },
  };
  const client = {
    budget: () =>
      used === undefined ? undefined : { limit: 5_000, remaining: 5_000 - used, resetAt: 0 },
    request: async ({ path }: { path: string }) => {
      played.paths.push(path);
      const page = Number(new URL(path, 'http://x').searchParams.get('page') ?? 1);
      const runners = all.slice((page - 1) * 100, page * 100);
      const link = `<http://x/y?page=${page + 1}>; rel="next"`;
      const headers = all.length > page * 100 ? { link } : {};
      return { status, headers, body: { total_count: all.length, runners } };
    },
  } as unknown as ApiClient;
  const log = { warn: (text: string) => void played.warnings.push(text) } as unknown as Logger;
  await countFleet({
    client,
    scope: { kind: 'organization', name: 'octo' },
    namePrefix: 'octo',
    clock,
    log,
    signal: ending.signal,
    onCounts: (counts) => void played.counts.push(counts),
    random: () => 0.5,
  });
  return played;
};

test('counts the runners of its prefix', async () => {
  const { counts } = await play(10, { waits: 1 });
  expect(counts).toEqual([{ idle: 6, active: 2, all: 9, at: 7 }]);
});

test('one container looks about once a minute', async () => {
  const { waits, counts } = await play(1, { used: 2 });
  expect(waits.slice(1)).toEqual([60_000, 60_000]);
  expect(counts).toHaveLength(3);
});

/** Looks of the whole fleet in an hour, as each of its containers waits. */
const looksOf = async (size: number): Promise<number> =>
  (size * 3_600_000) / ((await play(size)).waits[1] ?? Number.NaN);

test('the larger the fleet, the rarer each container looks', async () => {
  expect(await looksOf(50)).toBeCloseTo(197.8, 1);
  expect(await looksOf(1_000)).toBeCloseTo(13.1, 1);
  // A fourth look within an hour, which happens once in a thousand, would be one too many.
  expect(await looksOf(10_000)).toBeCloseTo(0.43, 2);
});

test('the first look waits the longer, the more calls were made this hour', async () => {
  expect((await play(1, { used: 1 })).waits[0]).toBe(60_000 + 75_000);
  expect((await play(1, { used: 100 })).waits[0]).toBe(60_000 + 7_500_000);
});

test('the first look of a large fleet is one call, every later one takes all pages', async () => {
  const { paths, counts } = await play(250, { waits: 2 });
  expect(paths).toHaveLength(1 + 3);
  expect(counts).toMatchObject([{ all: 225 }]);
});

test('does not look when half of the account is used up', async () => {
  expect((await play(5, { used: 2_501 })).paths).toEqual([]);
});

test('says once that GitHub does not list them', async () => {
  const { warnings, counts } = await play(5, { status: 502 });
  expect(counts).toEqual([]);
  expect(warnings).toEqual([
    expect.stringMatching(/^the runners of the fleet are not counted: .*502/),
  ]);
});

test('what was counted is handed out once', () => {
  const samples = createFleetSamples();
  samples.add({ idle: 1, active: 2, all: 4, at: 7 });
  expect(samples.take()).toMatchObject([
    { name: 'IdleRunnersCount', value: 1, unit: 'None', at: 7, scope: 'fleet' },
    { name: 'ActiveRunnersCount', value: 2 },
    { name: 'AllRunnersCount', value: 4 },
  ]);
  expect(samples.take()).toEqual([]);
});
