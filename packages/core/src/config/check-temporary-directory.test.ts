import { expect, test } from 'vitest';
import { checkTemporaryDirectory } from './check-temporary-directory.ts';

const namesOf = (environment: Record<string, string>): string[] =>
  checkTemporaryDirectory(environment).map(({ name }) => name);

test('takes none, and a plain path', () => {
  expect(namesOf({})).toEqual([]);
  expect(namesOf({ TMPDIR: '/tmp' })).toEqual([]);
  expect(namesOf({ TMPDIR: `/${'a'.repeat(59)}` })).toEqual([]);
});

test.each([
  'tmp',
  '/with a blank',
  "/it's",
  '/a"b',
  '/a\\b',
  '/a#b',
  '/$HOME',
  `/${'a'.repeat(60)}`,
])('refuses %j', (path) => {
  expect(checkTemporaryDirectory({ TMPDIR: path })).toMatchObject([
    { name: 'TMPDIR', got: path, expected: expect.stringMatching(/^takes an absolute path/) },
  ]);
});

test('looks at the variable that counts', () => {
  expect(namesOf({ TMPDIR: '/tmp', TMP: 'no' })).toEqual([]);
  expect(namesOf({ TMP: 'no', TEMP: '/tmp' })).toEqual(['TMP']);
  expect(namesOf({ TEMP: 'no' })).toEqual(['TEMP']);
});
