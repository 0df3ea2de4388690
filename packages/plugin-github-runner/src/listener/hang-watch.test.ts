import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { simulatedClock } from '../../tests/simulated-clock.ts';
import type { Look } from '../api/runners-api.ts';
import { watchForHang } from './hang-watch.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Scene {
  readonly hours: number;
  /** What GitHub says of it. */
  readonly status?: 'online' | 'offline' | 'nothing' | 'absent';
  /** Milliseconds between the lines that it prints. */
  readonly saysEvery?: number;
  readonly isBusy?: (now: number) => boolean;
  readonly isStopped?: (now: number) => boolean;
  readonly isEnding?: boolean;
}

const LOOKS: Record<NonNullable<Scene['status']>, Pick<Look, 'id' | 'status'>> = {
  online: { id: 7, status: 'online' },
  offline: { id: 7, status: 'offline' },
  nothing: { id: undefined },
  absent: { id: null },
};

/** Answers the minutes at which something happened. */
const watch = async ({
  hours,
  status = 'online',
  saysEvery,
  isBusy,
  isStopped,
  isEnding,
}: Scene) => {
  const clock = simulatedClock();
  const over = new AbortController();
  const looks: number[] = [];
  const silences: number[] = [];
  const stops: number[] = [];
  const stopsInJobs: number[] = [];
  const minute = (): number => Math.round(clock.now() / MINUTE);
  const watching = watchForHang({
    listener: {
      isStopped: () => isStopped?.(clock.now()) ?? false,
      saidAt: () => (saysEvery ? Math.floor(clock.now() / saysEvery) * saysEvery : 0),
    },
    record: {
      look: async () => {
        looks.push(minute());
        return { outcome: { status: undefined, message: '' }, ...LOOKS[status] };
      },
    },
    clock: {
      ...clock,
      sleep: async (ms) => {
        if (clock.now() >= hours * HOUR) over.abort();
        await turn();
        await clock.sleep(ms);
      },
    },
    signal: over.signal,
    isEnding: () => isEnding ?? false,
    isBusy: () => isBusy?.(clock.now()) ?? false,
    onSilent: () => silences.push(minute()),
    onStopped: () => stops.push(minute()),
    onStoppedInJob: () => stopsInJobs.push(minute()),
    random: () => 0,
  });
  await watching;
  return { looks, silences, stops, stopsInJobs };
};

describe('the looks at GitHub’s list', () => {
  it('come after half an hour of silence, and then more and more rarely', async () => {
    const { looks, silences } = await watch({ hours: 24 });
    expect(looks).toEqual([30, 90, 210, 450, 690, 930, 1170, 1410]);
    expect(silences).toEqual([]);
  });

  it('are as rare when GitHub does not answer, which is no reason to doubt', async () => {
    const { looks, silences } = await watch({ hours: 24, status: 'nothing' });
    expect(looks).toHaveLength(8);
    expect(silences).toEqual([]);
  });

  it('are not taken while jobs run or lines come', async () => {
    expect((await watch({ hours: 24, saysEvery: 29 * MINUTE })).looks).toEqual([]);
    expect((await watch({ hours: 24, isBusy: () => true, status: 'offline' })).looks).toEqual([]);
  });

  it('come soon again after a job', async () => {
    const { looks } = await watch({ hours: 9, isBusy: (now) => now === 8 * HOUR });
    expect(looks.at(-1)).toBe(8 * 60 + 30);
  });
});

it.each(['offline', 'absent'] as const)('doubts a silent Listener that is %s', async (status) => {
  expect((await watch({ hours: 1, status })).silences).toEqual([30]);
});

describe('a Listener that a signal has stopped', () => {
  it('is found after five minutes, without a call', async () => {
    const { looks, stops } = await watch({ hours: 0.1, isStopped: () => true });
    expect(stops[0]).toBe(5);
    expect(looks).toEqual([]);
  });

  it('may go on before', async () => {
    const scene: Scene = { hours: 2, isStopped: (now) => now % (5 * MINUTE) !== 0 };
    expect((await watch(scene)).stops).toEqual([]);
  });

  it('while a job runs is told apart, half-way to the end of the job’s lock', async () => {
    const scene: Scene = { hours: 0.1, isStopped: () => true, isBusy: () => true };
    const { stops, stopsInJobs } = await watch(scene);
    expect(stops).toEqual([]);
    expect(stopsInJobs[0]).toBe(5);
  });

  it('while it is to end matters to the job that still runs, and to nothing else', async () => {
    const scene: Scene = { hours: 2, isEnding: true, isStopped: () => true, status: 'offline' };
    const { stopsInJobs } = await watch({ ...scene, isBusy: (now) => now < 10 * MINUTE });
    expect(stopsInJobs).toEqual([5, 6, 7, 8, 9]);
    const idle = await watch(scene);
    expect(idle).toEqual({ looks: [], silences: [], stops: [], stopsInJobs: [] });
  });
});
