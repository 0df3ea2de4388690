import type { LogFields, Logger } from '@ci-runner/core';
import { expect, test } from 'vitest';
import { prewarmSamples } from './prewarm-samples.ts';
import { createReport, type PrewarmEnd } from './report.ts';

test('tells progress every three seconds, and the end', () => {
  const lines: [string, LogFields | undefined][] = [];
  const write: Logger['info'] = (message, fields) => lines.push([message, fields]);
  const log: Logger = { info: write, warn: write, error: write, child: () => log };
  const ends: PrewarmEnd[] = [];
  let now = 1_000;
  const clock = { now: () => now, sleep: async () => {} };
  const report = createReport({
    log,
    clock,
    transport: { name: 'ssh', place: 'storage:22' },
    onEnd: (end) => void ends.push(end),
  });
  for (const percent of [10, 20, 30, 40]) {
    now += 1_500;
    report.progress({ percent, files: percent * 100, bytes: percent * 1e6 });
  }
  now += 2_000;
  report.loaded('main', { files: 10_000, bytes: 100e6 });
  expect(lines).toEqual([
    [
      'prewarm: 20 %, 2,000 files, 20.0 MB, 6.7 MB/s',
      {
        event: 'prewarm-progress',
        percent: 20,
        files: 2_000,
        bytes: 20e6,
        bytesPerSecond: 6_666_667,
      },
    ],
    [
      'prewarm: 40 %, 4,000 files, 40.0 MB, 6.7 MB/s',
      {
        event: 'prewarm-progress',
        percent: 40,
        files: 4_000,
        bytes: 40e6,
        bytesPerSecond: 6_666_667,
      },
    ],
    [
      'prewarm: slot main is loaded from storage:22: 10,000 files, 100.0 MB in 8.0 s, 12.5 MB/s',
      {
        event: 'prewarm',
        ok: true,
        files: 10_000,
        bytes: 100e6,
        ms: 8_000,
        transport: 'ssh',
        slot: 'main',
      },
    ],
  ]);
  expect(ends).toEqual([{ outcome: 'loaded', files: 10_000, bytes: 100e6, ms: 8_000, at: 9_000 }]);
  expect(ends.flatMap(prewarmSamples)).toMatchObject([
    { name: 'PrewarmSeconds', value: 8, unit: 'Seconds', dimensions: { Outcome: 'loaded' } },
    { name: 'PrewarmFiles', value: 10_000, unit: 'Count' },
    { name: 'PrewarmBytes', value: 100e6, unit: 'Bytes' },
  ]);
});

test.each(['empty', 'failed'] as const)('a prewarm that is %s has loaded nothing', (outcome) => {
  const ends: PrewarmEnd[] = [];
  const log: Logger = { info: () => {}, warn: () => {}, error: () => {}, child: () => log };
  const report = createReport({
    log,
    clock: { now: () => 1_000, sleep: async () => {} },
    transport: { name: 'ssh', place: 'storage:22' },
    onEnd: (end) => void ends.push(end),
  });
  report[outcome]('why');
  expect(ends).toEqual([{ outcome, files: 0, bytes: 0, ms: 0, at: 1_000 }]);
});
