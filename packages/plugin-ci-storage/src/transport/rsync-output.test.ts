import { expect, test } from 'vitest';
import { readRsyncOutput } from './rsync-output.ts';
import type { Progress } from './slot-transport.ts';

test('reads progress and totals', () => {
  const seen: Progress[] = [];
  const output = readRsyncOutput({ onProgress: (progress) => seen.push(progress) });
  for (const line of [
    'receiving incremental file list',
    '         32768   1%    0.00kB/s    0:00:00  ',
    '       1234567  56%    7.89MB/s    0:00:01 (xfr#9, to-chk=3/12)',
    '       1300000  60%    7.89MB/s    0:00:01  ',
    '     2,000,000 100%    7.89MB/s    0:00:01 (xfr#1,010, to-chk=0/12)',
    'Number of files: 12 (reg: 10, dir: 2)',
    'Number of regular files transferred: 1,010',
    'Total file size: 3000000 bytes',
    'Total transferred file size: 2,000,000 bytes',
  ]) {
    output.line(line, 'stdout');
  }
  expect(seen.map(({ percent, files, bytes }) => [percent, files, bytes])).toEqual([
    [1, 0, 32_768],
    [56, 9, 1_234_567],
    [60, 9, 1_300_000],
    [100, 1_010, 2_000_000],
  ]);
  expect(output.transferred).toEqual({ files: 1_010, bytes: 2_000_000 });
});
