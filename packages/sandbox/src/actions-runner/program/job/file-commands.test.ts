import { appendFileSync, existsSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../../testing/runners.ts';
import { createCommandFiles, parseAssignments } from './file-commands.ts';

test.for<[string, string, [string, string][]]>([
  ['nothing', '', []],
  ['a line', 'a=1\n', [['a', '1']]],
  ['an empty value', 'a=\n', [['a', '']]],
  ['= in the value', 'a=b=c', [['a', 'b=c']]],
  ['<< in the value', 'a=b<<c', [['a', 'b<<c']]],
  ['the last of two', 'a=1\na=2\n', [['a', '2']]],
  [
    'a block',
    'a<<END\none\n\ntwo\nEND\nb=3\n',
    [
      ['a', 'one\n\ntwo'],
      ['b', '3'],
    ],
  ],
  ['an empty block', 'a<<END\nEND\n', [['a', '']]],
])('reads %s', ([, text, expected]) => {
  expect([...parseAssignments(text)]).toEqual(expected);
});

test.for(['no assignment', '=value', 'a<<END\nno end\n'])('refuses %j', (text) => {
  expect(() => parseAssignments(text)).toThrow(/Invalid/);
});

test('collects what a step wrote and deletes the files', () => {
  const files = createCommandFiles(temporaryDirectory());
  appendFileSync(files.variables.GITHUB_ENV, 'A=1\n');
  appendFileSync(files.variables.GITHUB_PATH, '/first\n/second\n');
  rmSync(files.variables.GITHUB_OUTPUT);
  const { env, outputs, path } = files.collect();
  expect([...env]).toEqual([['A', '1']]);
  expect(path).toEqual(['/first', '/second']);
  expect(outputs.size).toBe(0);
  expect(Object.values(files.variables).filter((file) => existsSync(file))).toEqual([]);
});
