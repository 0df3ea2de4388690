import type { Clock, Logger } from '@ci-runner/core';
import { startImds, type EmbeddedImds, type InstanceMetadata } from '@ci-runner/sandbox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createImdsClient } from '../instance/imds-client.ts';
import type { Notice } from './find-notice.ts';
import { watchInstance } from './watch-instance.ts';

let imds: EmbeddedImds;
beforeEach(async () => {
  imds = await startImds();
});
afterEach(async () => imds.close());

interface Watched {
  readonly notices: Notice[];
  readonly sleeps: number[];
  readonly warnings: string[];
}

/** Watches until it ends by itself; `onSleep` is told how often it has slept, and may answer false to end it. */
const watch = async (
  onSleep: (count: number) => boolean | void,
  rebalance = true,
): Promise<Watched> => {
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
    rebalance,
    onNotice: (notice) => void watched.notices.push(notice),
  });
  return watched;
};

describe('a notice', () => {
  test.each<[Partial<InstanceMetadata>, Notice]>([
    [
      { spotNotice: { action: 'terminate', time: '2026-01-01T00:02:00Z' } },
      {
        reason: 'AWS takes this spot instance away: terminate at 2026-01-01T00:02:00Z',
        deadline: Date.UTC(2026, 0, 1, 0, 2),
      },
    ],
    [
      { spotNotice: { action: 'stop', time: 'soon' } },
      { reason: 'AWS takes this spot instance away: stop at soon' },
    ],
    [
      { targetLifecycleState: 'Terminated' },
      { reason: 'the Auto Scaling group brings this instance to the state Terminated' },
    ],
    [
      { targetLifecycleState: 'Warmed:Stopped' },
      { reason: 'the Auto Scaling group brings this instance to the state Warmed:Stopped' },
    ],
    [
      { targetLifecycleState: 'Warmed:Running' },
      { reason: 'the Auto Scaling group brings this instance to the state Warmed:Running' },
    ],
    [
      { rebalanceNoticeTime: '2026-01-01T00:00:00Z' },
      { reason: 'AWS recommends since 2026-01-01T00:00:00Z to replace this spot instance' },
    ],
  ])('%o is told once, within 5 s', async (metadata, notice) => {
    const { notices, sleeps } = await watch((count) => {
      if (count === 2) Object.assign(imds.metadata, metadata);
      return count < 5;
    });
    expect(notices).toEqual([notice]);
    expect(sleeps).toEqual(Array(notice.deadline === undefined ? 5 : 2).fill(5_000));
  });

  test('without a deadline is followed by the one that has it', async () => {
    imds.metadata.rebalanceNoticeTime = '2026-01-01T00:00:00Z';
    const { notices } = await watch((count) => {
      if (count === 2) imds.metadata.targetLifecycleState = 'Terminated';
      if (count !== 4) return;
      imds.metadata.spotNotice = { action: 'terminate', time: '2026-01-01T00:02:00Z' };
    });
    expect(notices.map(({ deadline }) => deadline !== undefined)).toEqual([false, false, true]);
  });

  test('of a rebalance is none where that is not wanted', async () => {
    imds.metadata.rebalanceNoticeTime = '2026-01-01T00:00:00Z';
    const { notices } = await watch((count) => count < 3, false);
    expect(notices).toEqual([]);
    expect(imds.requests.some(({ path }) => path.includes('rebalance'))).toBe(false);
  });

  test('that cannot be read is none', async () => {
    const junk = { status: 200, body: '<html>' };
    imds.faults.add({ match: { path: '/latest/meta-data/spot/instance-action' }, answer: junk });
    const { notices, warnings } = await watch((count) => count < 3);
    expect(notices).toEqual([]);
    expect(warnings).toHaveLength(1);
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
      if (count === 2) imds.forgetTokens();
      return count < 3;
    });
    expect(imds.requests.some(({ status }) => status === 401)).toBe(true);
    expect(imds.requests.at(-1)?.status).toBe(404);
  });
});

test('the first look leaves the boot alone', async () => {
  await watch(() => false);
  expect(imds.requests).toEqual([]);
});

test('a service that never answers is given up, with one warning', async () => {
  imds.faults.add({ answer: 'reset' });
  const { sleeps, warnings } = await watch(() => {});
  expect(sleeps).toHaveLength(12);
  expect(warnings).toEqual([expect.stringMatching(/^notices of an interruption cannot be read: /)]);
});

test('a service that has answered is not', async () => {
  const { notices } = await watch((count) => {
    if (count === 2) imds.faults.add({ answer: { status: 500 } });
    if (count === 21) imds.faults.clear();
    if (count === 21) imds.metadata.targetLifecycleState = 'Terminated';
    return count < 23;
  });
  expect(notices).toHaveLength(1);
});
