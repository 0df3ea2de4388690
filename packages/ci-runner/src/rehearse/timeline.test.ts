import { expect, test } from 'vitest';
import { readTimeline } from './timeline.ts';

const at = (ms: number): string => new Date(1_700_000_000_000 + ms).toISOString();
const record = (ms: number, event: string, fields: object): never =>
  ({ level: 'info', message: '', time: at(ms), event, ...fields }) as never;

test('spans begin when the configuration did', () => {
  expect(
    readTimeline([
      record(90, 'tap', { hook: 'verifySetup', plugin: 'forward', ms: 30, ok: true }),
      record(100, 'phase', { name: 'configure', ms: 100 }),
      record(250, 'prewarm-sample', { bytes: 512 }),
      record(300, 'phase', { name: 'prepare workspace', ms: 200 }),
      record(900, 'job-finished', { name: 'build', result: 'Failed', ms: 500 }),
      { level: 'error', message: 'no event' },
    ]),
  ).toEqual({
    phases: [
      { name: 'configure', at: 0, ms: 100 },
      { name: 'prepare workspace', at: 100, ms: 200 },
    ],
    taps: [{ hook: 'verifySetup', plugin: 'forward', at: 60, ms: 30, ok: true }],
    jobs: [{ name: 'build', result: 'Failed', at: 400, ms: 500 }],
    prewarm: [{ at: 250, bytes: 512 }],
  });
});

test('a supervisor that said nothing has none', () => {
  expect(readTimeline([])).toEqual({ phases: [], taps: [], jobs: [], prewarm: [] });
});
