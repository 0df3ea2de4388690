import { setImmediate as turn } from 'node:timers/promises';
import type { Clock, Logger } from '@ci-runner/core';
import { expect, it } from 'vitest';
import { scriptedTransport, type Reply } from '../../../tests/scripted-transport.ts';
import { createApiClient } from '../../api/client.ts';
import { tokenCredentials } from '../../api/credentials/credentials.ts';
import type { ListedRunner } from '../../api/list-runners.ts';
import { createSend } from '../../api/send-request.ts';
import { MOST_REMOVED, OFFLINE_MS, sweepOffline } from './sweep-offline.ts';

const HOUR = 3_600_000;
const quiet: Logger = { info: () => {}, warn: () => {}, error: () => {}, child: () => quiet };

const runner = (id: number, change: Partial<ListedRunner> = {}): ListedRunner => ({
  id,
  name: `ci-runner-host-${id.toString(16).padStart(8, '0')}`,
  status: 'offline',
  busy: false,
  ...change,
});

interface Fleet {
  /** What GitHub lists at a moment, in milliseconds. */
  readonly list: (now: number) => readonly ListedRunner[];
  /** What GitHub says of single ones. @default the same */
  readonly alone?: Fleet['list'];
  readonly onDelete?: (id: number) => Reply;
  readonly remaining?: number;
  /** How the lots fall, from 0 to 1. */
  readonly lot?: number;
  readonly hours?: number;
}

/** Sweeps for some simulated hours; answers whom it removed and the calls that it made. */
const sweep = async ({ list, alone, onDelete, remaining = 5_000, lot = 0, hours = 12 }: Fleet) => {
  const ending = new AbortController();
  let now = 0;
  const clock: Clock = {
    now: () => now,
    sleep: async (ms, signal) => {
      await turn();
      now += ms;
      if (now > hours * HOUR) ending.abort();
      signal?.throwIfAborted();
    },
  };
  const removed: number[] = [];
  const headers = {
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': '0',
  };
  const { transport, calls } = scriptedTransport(({ method, path }) => {
    if (method === 'DELETE') {
      const id = Number(path.split('/').at(-1));
      const reply = onDelete?.(id) ?? { status: 204 };
      if (!(reply instanceof Error) && reply.status === 204) removed.push(id);
      return reply;
    }
    const single = /\/runners\/(\d+)$/.exec(path)?.[1];
    if (single !== undefined) {
      const body = (alone ?? list)(now).find(({ id }) => id === Number(single));
      return body ? { status: 200, body } : { status: 404 };
    }
    const page = Number(/&page=(\d+)/.exec(path)?.[1] ?? 1);
    const all = list(now);
    const link = `<https://a.example${path.split('&')[0]}&page=${page + 1}>; rel="next"`;
    return {
      status: 200,
      body: { total_count: all.length, runners: all.slice(page * 100 - 100, page * 100) },
      headers: all.length > page * 100 ? { ...headers, link } : headers,
    };
  });
  await sweepOffline({
    client: createApiClient({
      send: createSend('https://a.example', transport),
      credentials: tokenCredentials('t'),
    }),
    scope: { kind: 'organization', name: 'octo' },
    namePrefix: 'ci-runner',
    ownName: () => runner(1).name,
    clock,
    log: quiet,
    signal: ending.signal,
    random: () => lot,
  });
  return { removed, calls: calls() };
};

it('removes what is offline in two looks, and nothing else', async () => {
  const fleet = [
    runner(1),
    runner(2),
    runner(3, { status: 'online' }),
    runner(4, { busy: true }),
    runner(5, { name: 'other-host-00000005' }),
    runner(6, { name: 'ci-runner-by-hand' }),
    runner(7, { name: 'ci-runners-host-00000007' }),
  ];
  expect(await sweep({ list: () => fleet })).toEqual({
    removed: [2],
    calls: [
      'GET /orgs/octo/actions/runners?per_page=100',
      'GET /orgs/octo/actions/runners?per_page=100',
      'GET /orgs/octo/actions/runners/2',
      'DELETE /orgs/octo/actions/runners/2',
    ],
  });
});

it('spares a runner that comes back, takes a job, or goes offline between the looks', async () => {
  const first = 5 * 60_000 + OFFLINE_MS / 2;
  const list = (now: number) =>
    now < first
      ? [runner(2), runner(3), runner(4, { status: 'online' })]
      : [runner(2, { status: 'online' }), runner(3, { busy: true }), runner(4), runner(5)];
  expect(await sweep({ list })).toMatchObject({ removed: [] });
});

it('spares a runner that comes back, takes a job, or goes right before its removal', async () => {
  const fleet = [runner(2), runner(3), runner(4), runner(5)];
  const alone = () => [runner(2, { status: 'online' }), runner(3, { busy: true }), runner(5)];
  const { removed, calls } = await sweep({ list: () => fleet, alone });
  expect(removed).toEqual([5]);
  expect(calls.filter((call) => call.startsWith('DELETE'))).toHaveLength(1);
});

it('looks again no sooner than after an hour', async () => {
  const looks: number[] = [];
  const list = (now: number) => {
    looks.push(now);
    return [runner(2)];
  };
  await sweep({ list });
  expect((looks[1] ?? 0) - (looks[0] ?? 0)).toBeGreaterThanOrEqual(HOUR);
});

it('reads all pages, and removes no more than its share at a time', async () => {
  const fleet = Array.from({ length: 250 }, (_, index) => runner(index + 2));
  const { removed, calls } = await sweep({ list: () => fleet });
  expect(removed).toEqual(fleet.slice(0, MOST_REMOVED).map(({ id }) => id));
  expect(calls.filter((call) => call.includes('per_page'))).toHaveLength(6);
});

it('is left to others by most of a fleet, at the cost of one call', async () => {
  const fleet = Array.from({ length: 20 }, (_, index) => runner(index + 2));
  expect((await sweep({ list: () => fleet, lot: 0.06 })).calls).toHaveLength(1);
  expect((await sweep({ list: () => fleet, lot: 0.04 })).removed).toHaveLength(20);
});

it('leaves the second half of the account to others', async () => {
  expect((await sweep({ list: () => [runner(2)], remaining: 2_400 })).calls).toHaveLength(1);
});

it('passes runners that are busy or gone, and ends at any other refusal', async () => {
  const fleet = [2, 3, 4, 5, 6].map((id) => runner(id));
  const statuses: Record<number, number> = { 2: 422, 3: 404, 5: 429 };
  const onDelete = (id: number): Reply => ({ status: statuses[id] ?? 204 });
  const { removed, calls } = await sweep({ list: () => fleet, onDelete });
  expect(removed).toEqual([4]);
  expect(calls.filter((call) => call.startsWith('DELETE'))).toHaveLength(4);
});

it('goes on in the next period, whatever happens in one', async () => {
  let looks = 0;
  const list = (): readonly ListedRunner[] => {
    looks += 1;
    if (looks === 1) throw new TypeError('fetch failed');
    return [runner(2)];
  };
  expect((await sweep({ list, hours: 36 })).removed).toContain(2);
});
