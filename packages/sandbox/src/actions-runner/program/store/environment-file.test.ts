import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../../testing/runners.ts';
import { applyEnvironmentFile } from './environment-file.ts';

test.for<[string, string, string | undefined]>([
  ['replaces what was inherited', 'A=new', 'new'],
  ['is split at the first =', 'A=b=c', 'b=c'],
  ['keeps quotes', 'A="b"', '"b"'],
  ['keeps spaces', 'A= b ', ' b '],
  ['expands nothing', 'A=$HOME', '$HOME'],
  ['has no comments', 'A=b # c', 'b # c'],
  ['unsets with an empty value', 'A=', undefined],
  ['takes no line without =', 'A', 'old'],
])('a line %s', ([, line, expected]) => {
  const path = join(temporaryDirectory(), '.env');
  writeFileSync(path, `FIRST=1\n${line}\n`);
  const env: NodeJS.ProcessEnv = { A: 'old' };
  applyEnvironmentFile(path, env);
  expect(env['A']).toBe(expected);
  expect(env['FIRST']).toBe('1');
});

test('an absent file changes nothing', () => {
  const env = { A: 'old' };
  applyEnvironmentFile(join(temporaryDirectory(), '.env'), env);
  expect(env).toEqual({ A: 'old' });
});
