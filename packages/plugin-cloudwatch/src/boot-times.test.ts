import { expect, test } from 'vitest';
import { bootSamples, containerStart, readContainerStart, uptimeSamples } from './boot-times.ts';

const STAT = 'cpu  1 2 3\nbtime 1700000000\nprocesses 9\n';
const FIRST = `1 (ti) ni) S ${Array.from({ length: 18 }, () => '0').join(' ')} 4250 0 0`;

test('the container starts with its first process, whatever the name of that is', () => {
  expect(containerStart(STAT, FIRST)).toBe(1_700_000_042_500);
  expect(containerStart('cpu 1', FIRST)).toBeUndefined();
  expect(containerStart(STAT, '')).toBeUndefined();
});

test('this machine tells it', async () => {
  const start = await readContainerStart();
  expect(start).toBeGreaterThan(1_600_000_000_000);
  expect(start).toBeLessThanOrEqual(Date.now());
});

test('samples are whole seconds, and none is below 0', () => {
  const times = { hostBootAt: 10_000, containerStartAt: 9_600, registeredAt: 12_400 };
  const told = [...uptimeSamples(10_000, 12_400, 70_000), ...bootSamples(times, 70_000)];
  expect(told.map(({ name, value }) => [name, value])).toEqual([
    ['InstanceUptimeSec', 60],
    ['RunnerUptimeSec', 58],
    ['DockerBootSec', 0],
    ['RunnerBootSec', 3],
  ]);
  expect(bootSamples({ ...times, containerStartAt: undefined }, 70_000)).toEqual([]);
});
