import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { nextSteps, readArguments } from './command-line.ts';

it('takes a directory and the name of the package', () => {
  expect(readArguments(['warm', '--name', '@acme/warm-cache'])).toEqual({
    kind: 'create',
    directory: 'warm',
    packageName: '@acme/warm-cache',
  });
});

it('names the package after the directory', () => {
  expect(readArguments(['../plugins/warm-cache/'])).toMatchObject({ packageName: 'warm-cache' });
  const here = resolve('.').split('/').at(-1);
  expect(readArguments(['.'])).toMatchObject({ directory: '.', packageName: here });
});

it('asks where no directory is named', () => {
  expect(readArguments([])).toEqual({ kind: 'ask', packageName: undefined });
  expect(readArguments(['--name=warm'])).toEqual({ kind: 'ask', packageName: 'warm' });
});

it.each([
  [['--nmae', 'x'], "Unknown option '--nmae'"],
  [['warm', '--name'], "Option '--name <value>' argument missing"],
  [['warm', 'cold', 'mild'], 'one directory is taken, not also cold mild'],
])('says what is wrong with %j, and how it goes', (args, message) => {
  expect(() => readArguments(args)).toThrow(message);
  expect(() => readArguments(args)).toThrow('usage: npm create @ci-runner/plugin');
});

it.each([
  ['', ['npm install', 'npm test']],
  ['../warm-cache', ['cd ../warm-cache', 'npm install', 'npm test']],
  ["my plugin's", [String.raw`cd 'my plugin'\''s'`, 'npm install', 'npm test']],
])('the next steps in %j can be typed as they are', (place, steps) => {
  expect(nextSteps(place)).toEqual(steps);
});
