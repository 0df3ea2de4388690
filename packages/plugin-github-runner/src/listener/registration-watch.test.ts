import { setImmediate as turn } from 'node:timers/promises';
import type { Logger } from '@ci-runner/core';
import { describe, expect, it } from 'vitest';
import { simulatedClock } from '../../tests/simulated-clock.ts';
import type { Look } from '../api/runners-api.ts';
import { createRegistrationWatch } from './registration-watch.ts';

const quiet: Logger = { info: () => {}, warn: () => {}, error: () => {}, child: () => quiet };
const MINUTE = 60_000;

type Seen = Pick<Look, 'id' | 'status'>;

const absent: Seen = { id: null };
const offline: Seen = { id: 7, status: 'offline' };
const online: Seen = { id: 7, status: 'online' };
const unknown: Seen = { id: undefined };

/** Doubts once; `seen` is what GitHub answers one look after the other, and the watch ends after the last of them. */
const watch = async (
  seen: readonly Seen[],
  { busyFrom = 0, busyUntil = 0, tries = false } = {},
) => {
  const clock = simulatedClock();
  const over = new AbortController();
  let looks = 0;
  let stopped = false;
  const made = createRegistrationWatch({
    record: {
      name: 'ci-runner-1',
      look: async () => {
        const look = seen[looks] ?? unknown;
        looks += 1;
        if (looks > seen.length) over.abort();
        return { outcome: { status: undefined, message: '' }, ...look };
      },
    },
    clock,
    log: quiet,
    signal: over.signal,
    isBusy: () => clock.now() >= busyFrom && clock.now() < busyUntil,
    stop: async () => {
      stopped = true;
    },
    random: () => 0,
  });
  made.doubt('a test');
  made.doubt('a test');
  if (tries) made.cannotConnect();
  for (let turns = 0; turns < 200; turns += 1) await turn();
  return { verdict: made.verdict, stopped, looks, minutes: clock.now() / MINUTE };
};

it('lets a Listener alone that is connected again', async () => {
  expect(await watch([offline, online])).toEqual({
    verdict: undefined,
    stopped: false,
    looks: 2,
    minutes: 10,
  });
});

it('registers anew when the registration is absent twice', async () => {
  const { verdict, stopped, minutes } = await watch([absent, unknown, absent]);
  expect(verdict).toMatchObject({ next: 'register' });
  expect(stopped).toBe(true);
  expect(minutes).toBe(20);
});

it('does not take one absence for a fact', async () => {
  expect(await watch([absent, offline, absent, online])).toMatchObject({ verdict: undefined });
});

it('starts a Listener again of which GitHub has heard nothing for long', async () => {
  const { verdict, minutes } = await watch([offline, unknown, offline, offline]);
  expect(verdict).toMatchObject({
    next: 'serve',
    why: expect.stringContaining('it hangs') as string,
  });
  expect(minutes).toBe(40);
});

describe('an outage of GitHub’s', () => {
  const outage = Array.from({ length: 5 }, () => offline);

  it('of which the Listener speaks is left to it for two hours', async () => {
    expect(await watch([...outage, online], { tries: true })).toMatchObject({
      verdict: undefined,
      stopped: false,
      minutes: 120,
    });
  });

  it('that lasts longer is tried with a new start', async () => {
    const { verdict } = await watch([...outage, offline], { tries: true });
    expect(verdict).toMatchObject({
      next: 'serve',
      why: expect.stringContaining('cannot connect') as string,
    });
  });

  it('in which its list does not answer either stops nothing, however long', async () => {
    const seen = Array.from({ length: 20 }, () => unknown);
    expect(await watch([offline, offline, ...seen])).toMatchObject({
      verdict: undefined,
      looks: 23,
    });
  });
});

it('asks nothing while a job runs', async () => {
  const { looks, minutes } = await watch([absent, absent], { busyUntil: 60 * MINUTE });
  expect(looks).toBe(2);
  expect(minutes).toBeGreaterThan(60);
});

it.each([
  ['offline', [offline, offline, offline, online]],
  ['absent', [absent, absent, online]],
] as const)('takes a job for the end of the looks that have found it %s', async (_what, seen) => {
  const job = { busyFrom: (_what === 'offline' ? 11 : 6) * MINUTE, busyUntil: 30 * MINUTE };
  expect(await watch(seen, job)).toMatchObject({ verdict: undefined, stopped: false });
});

it('asks seldom', async () => {
  const seen = Array.from({ length: 8 }, () => unknown);
  const { minutes } = await watch(seen);
  expect(minutes / seen.length).toBeGreaterThan(20);
});
