import { expect, test } from 'vitest';
import { holds } from './conditions.ts';

const fine = { failed: false, cancelled: false };
const failed = { failed: true, cancelled: false };
const cancelled = { failed: false, cancelled: true };

test.for([
  ['', fine, true],
  ['', failed, false],
  ['success()', fine, true],
  ['success()', failed, false],
  ['success()', cancelled, false],
  ['failure()', fine, false],
  ['failure()', failed, true],
  ['failure()', { failed: true, cancelled: true }, false],
  ['always()', fine, true],
  ['always()', failed, true],
  ['always()', cancelled, true],
  ['cancelled()', fine, false],
  [' cancelled() ', cancelled, true],
] as const)('%s with %o is %s', ([condition, status, expected]) => {
  expect(holds(condition, status)).toBe(expected);
});

test('another expression is refused', () => {
  expect(() => holds('github.ref == 1', fine)).toThrow('not supported');
});
