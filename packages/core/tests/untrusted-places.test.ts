import { lstat, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeCommand, runToEnd } from './node-command.ts';
import { testCaller } from './test-caller.ts';

/** A directory that a job, say, can write to as well. */
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ci-runner-untrusted-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

test('loadConfig runs no settings of cosmiconfig that lie in the working directory', async () => {
  await mkdir(join(directory, '.config'));
  await writeFile(join(directory, '.config/config.cjs'), `console.log('stolen')`);
  const { stdout } = await runToEnd(
    nodeCommand(`
      import { loadConfig } from 'CORE/index.ts';
      const directory = ${JSON.stringify(directory)};
      process.chdir(directory);
      const loaded = await loadConfig({ searchFrom: directory, imageDirectory: directory });
      console.log(loaded === undefined ? 'nothing found' : 'found', process.cwd() === directory);
    `),
  );
  expect(stdout).toBe('nothing found true\n');
});

test('context.writeFile replaces what is there, and follows no link', async () => {
  const victim = join(directory, 'victim');
  const path = join(directory, 'key');
  await writeFile(victim, 'precious', { mode: 0o644 });
  await symlink(victim, path);
  const caller = testCaller();

  await caller.contextFor('writer', caller.signal).writeFile({ path, content: 'secret' });

  expect(await readFile(victim, 'utf8')).toBe('precious');
  expect((await stat(victim)).mode & 0o777).toBe(0o644);
  expect((await lstat(path)).isFile()).toBe(true);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await caller.releases.releaseAll()).toEqual([]);
  expect(await readFile(victim, 'utf8')).toBe('precious');
});
