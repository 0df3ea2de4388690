import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { askForPlugin, type Person } from './ask.ts';

/** Answers every question with the next answer; `said` is all that the person has read. */
const personWho = (answers: readonly string[]): { person: Person; said: () => string } => {
  const left = [...answers];
  const heard: string[] = [];
  const person: Person = {
    question: async (text) => {
      heard.push(text);
      const next = left.shift();
      if (next === undefined) throw new Error(`not expected to be asked: ${text}`);
      return next;
    },
    tell: (text) => void heard.push(text),
  };
  return { person, said: () => heard.join('') };
};

it('asks for both, and takes what it suggests', async () => {
  const { person, said } = personWho(['/nowhere/warm-cache', '']);
  expect(await askForPlugin(person, undefined)).toEqual({
    directory: '/nowhere/warm-cache',
    packageName: 'warm-cache',
  });
  expect(said()).toBe('Directory (my-plugin): Package name (warm-cache): ');
});

it('asks again, with the reason, until an answer can be used', async () => {
  const full = await mkdtemp(join(tmpdir(), 'create-plugin-test-'));
  onTestFinished(async () => rm(full, { recursive: true, force: true }));
  await writeFile(join(full, 'file'), '');
  const { person, said } = personWho([full, '/nowhere/Warm', '', '@acme/forward', '@acme/warm']);
  expect(await askForPlugin(person, undefined)).toEqual({
    directory: '/nowhere/Warm',
    packageName: '@acme/warm',
  });
  expect(said()).toContain('is not empty (file)');
  expect(said()).toContain('npm takes no package called "Warm"');
  expect(said()).toContain('is a plugin of ci-runner’s own');
});

it('does not ask for a name that it was given, and checks it first', async () => {
  const { person, said } = personWho(['']);
  expect(await askForPlugin(person, '@acme/warm-cache')).toEqual({
    directory: 'warm-cache',
    packageName: '@acme/warm-cache',
  });
  expect(said()).toBe('Directory (warm-cache): ');
  await expect(askForPlugin(person, 'fs')).rejects.toThrow('npm takes no package called "fs"');
});
