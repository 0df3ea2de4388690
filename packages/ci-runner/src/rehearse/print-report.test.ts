import { expect, test } from 'vitest';
import { printRecord } from './print-report.ts';

test.each([
  [{ percent: 81, files: 12 }, 'prewarm: 81 %, 12 files, 1.4 MB/s'],
  // A stream into an empty directory counts no files, and may not know its length.
  [{ percent: 81 }, 'prewarm: 81 %, 1.4 MB/s'],
  [{}, 'prewarm: 1.4 MB/s'],
])('the progress of a prewarm is told as far as it is known: %o', (known, told) => {
  const event = 'prewarm-progress';
  const record = { level: 'info', message: '', event, bytesPerSecond: 1_400_000, ...known };
  expect(printRecord(record).trim()).toBe(told);
});
