import { expect, test } from 'vitest';
import { withSlot, formatMeta, parseMeta } from './slot-meta.ts';

test('the loaded slot comes first in the history, once, and ten are kept', () => {
  const ids = Array.from({ length: 10 }, (_unused, index) => `s${index}`);
  const meta = parseMeta([`full_snapshot_history=${ids.join(' ')}`, 'hints=a b a', 'other=1']);
  expect(formatMeta(withSlot('s3', meta))).toBe(
    'full_snapshot_history=s3 s0 s1 s2 s4 s5 s6 s7 s8 s9\nhints=a b\n',
  );
  expect(withSlot('new', meta).history).toEqual(['new', ...ids.slice(0, 9)]);
});

test('an empty meta is whole', () => {
  expect(formatMeta(parseMeta([]))).toBe('full_snapshot_history=\nhints=\n');
});
