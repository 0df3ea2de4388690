import type { LogFields, Logger } from '@ci-runner/core';
import { expect, test } from 'vitest';
import { createReport } from './report.ts';

test('tells progress every three seconds, and the end', () => {
  const lines: [string, LogFields | undefined][] = [];
  const write: Logger['info'] = (message, fields) => lines.push([message, fields]);
  const log: Logger = { info: write, warn: write, error: write, child: () => log };
  let now = 1_000;
  const clock = { now: () => now, sleep: async () => {} };
  const report = createReport(log, clock, { name: 'ssh', place: 'storage:22' });
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
});
