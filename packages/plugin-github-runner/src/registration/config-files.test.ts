import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeError } from '@ci-runner/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readRunnerId, removeConfigFiles } from './config-files.ts';

it('removes files and links, follows no link and enters no directory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'config-files-'));
  onTestFinished(async () => rm(folder, { recursive: true }));
  const runner = join(folder, 'runner');
  await mkdir(join(runner, '.credentials_migrated'), { recursive: true });
  await writeFile(join(runner, '.credentials_migrated/kept'), '');
  await writeFile(join(folder, 'precious'), '');
  await symlink(join(folder, 'precious'), join(runner, '.credentials'));
  await writeFile(join(runner, '.runner'), '');
  await writeFile(join(runner, '.env'), '');
  await removeConfigFiles(runner);
  expect((await readdir(runner)).toSorted()).toEqual(['.credentials_migrated', '.env']);
  expect(await readdir(join(runner, '.credentials_migrated'))).toEqual(['kept']);
  expect(await readdir(folder)).toContain('precious');
});

const makeDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'config-files-'));
  onTestFinished(async () => rm(directory, { recursive: true }));
  return directory;
};

describe('the id in .runner', () => {
  it('is read behind a byte order mark', async () => {
    const directory = await makeDirectory();
    await writeFile(join(directory, '.runner'), '\uFEFF{"agentId": 7}');
    expect(await readRunnerId(directory)).toBe(7);
  });

  it.each([
    ['a link', async (path: string) => symlink('secret', path)],
    ['a pipe', async (path: string) => void execFileSync('mkfifo', [path])],
    ['a long file', async (path: string) => writeFile(path, `{"agentId": 7}${' '.repeat(70_000)}`)],
    ['another text', async (path: string) => writeFile(path, 'root:$6$salt')],
  ])('is not read from %s, of which nothing is shown', async (_what, make) => {
    const directory = await makeDirectory();
    await writeFile(join(directory, 'secret'), '{"agentId": 7}');
    await make(join(directory, '.runner'));
    const error: unknown = await readRunnerId(directory).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'PROCESS_FAILED' });
    expect((error as Error).cause).toBeUndefined();
    expect(describeError(error)).not.toContain('root:');
  });
});
