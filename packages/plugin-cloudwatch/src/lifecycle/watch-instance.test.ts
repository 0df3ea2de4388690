import type { Clock, Logger } from '@ci-runner/core';
import { startImds, type EmbeddedImds, type InstanceMetadata } from '@ci-runner/sandbox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createImdsClient } from '../instance/imds-client.ts';
import { watchInstance } from './watch-instance.ts';

let imds: EmbeddedImds;
beforeEach(async () => {
  imds = await startImds();
});
afterEach(async () => imds.close());

interface Watched {
  readonly notices: string[];
  readonly sleeps: number[];
  readonly warnings: string[];
}

/** Watches until it ends by itself; `onSleep` is told how often it has slept, and may answer false to end it. */
const watch = async (onSleep: (count: number) => boolean | void): Promise<Watched> => {
  const watched: Watched = { notices: [], sleeps: [], warnings: [] };
  const ending = new AbortController();
  const clock: Clock = {
    now: () => 0,
    sleep: async (ms) => {
      watched.sleeps.push(ms);
      if (onSleep(watched.sleeps.length) === false) ending.abort();
    },
  };
  await watchInstance({
    imds: createImdsClient(imds.url),
    clock,
    log: { warn: (text: string) => void watched.warnings.push(text) } as unknown as Logger,
    signal: ending.signal,
    onNotice: (reason) => void watched.notices.push(reason),
  });
  return watched;
};

describe('a notice', () => {
  test.each<[Partial<InstanceMetadata>, string]>([
    [
      { spotNotice: { action: 'terminate', time: '2026-01-01T00:02:00Z' } },
      'AWS takes this spot instance away: terminate at 2026-01-01T00:02:00Z',
    ],
    [
      { targetLifecycleState: 'Terminated' },
      'the Auto Scaling group brings this instance to the state Terminated',
    ],
    [
      { targetLifecycleState: 'Warmed:Stopped' },
      'the Auto Scaling group brings this instance to the state Warmed:Stopped',
    ],
    [
      { rebalanceNoticeTime: '2026-01-01T00:00:00Z' },
      'AWS recommends since 2026-01-01T00:00:00Z to replace this spot instance',
    ],
  ])('%o is told once, within 5 s', async (notice, reason) => {
    const { notices, sleeps } = await watch((count) => {
      if (count === 2) Object.assign(imds.metadata, notice);
    });
    expect(notices).toEqual([reason]);
    expect(sleeps).toEqual([5_000, 5_000]);
  });

  test('is none while the group wants the instance', async () => {
    imds.metadata.targetLifecycleState = 'InService';
    const { notices } = await watch((count) => count < 3);
    expect(notices).toEqual([]);
  });

  test('is found with one token, and with another one after that was refused', async () => {
    const tokens = (): number => imds.requests.filter(({ method }) => method === 'PUT').length;
    await watch((count) => count < 3);
    expect(tokens()).toBe(1);
    await watch((count) => {
      if (count === 1) imds.forgetTokens();
      return count < 2;
    });
    expect(imds.requests.some(({ status }) => status === 401)).toBe(true);
    expect(imds.requests.at(-1)?.status).toBe(404);
  });
});

test('a service that never answers is given up, with one warning', async () => {
  imds.faults.add({ answer: 'reset' });
  const { sleeps, warnings } = await watch(() => {});
  expect(sleeps).toHaveLength(12);
  expect(warnings).toEqual([expect.stringMatching(/^notices of an interruption cannot be read: /)]);
});

test('a service that has answered is not', async () => {
  const { notices } = await watch((count) => {
    if (count === 1) imds.faults.add({ answer: { status: 500 } });
    if (count === 20) imds.faults.clear();
    if (count === 20) imds.metadata.targetLifecycleState = 'Terminated';
  });
  expect(notices).toHaveLength(1);
});
