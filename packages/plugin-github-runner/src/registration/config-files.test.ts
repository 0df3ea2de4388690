import { execFileSync } from 'node:child_process';
import {
  chown,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
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
  await removeConfigFiles(runner, await stat(runner));
  expect((await readdir(runner)).toSorted()).toEqual(['.credentials_migrated', '.env']);
  expect(await readdir(join(runner, '.credentials_migrated'))).toEqual(['kept']);
  expect(await readdir(folder)).toContain('precious');
});

const makeDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'config-files-'));
  onTestFinished(async () => rm(directory, { recursive: true }));
  return directory;
};

const GUEST = 65_534;

describe.runIf(process.getuid?.() === 0)('where a link leads out of what guest owns', () => {
  it.each([
    ['the directory', 'runner'],
    ['a directory above it', ''],
  ])('through %s, nobody else’s files are removed', async (_what, replaced) => {
    const folder = await makeDirectory();
    const home = join(folder, 'home');
    const others = join(folder, 'others');
    for (const path of [home, others]) await mkdir(join(path, 'runner'), { recursive: true });
    await writeFile(join(others, 'runner/.credentials'), '');
    await rename(join(home, replaced), join(folder, 'moved'));
    await symlink(join(others, replaced), join(home, replaced).replace(/\/$/, ''));
    await removeConfigFiles(join(home, 'runner'), { uid: GUEST });
    expect(await readdir(join(others, 'runner'))).toEqual(['.credentials']);
  });

  it('guest’s own files go, also from a directory of somebody else', async () => {
    const directory = await makeDirectory();
    for (const name of ['.runner', '.credentials']) await writeFile(join(directory, name), '');
    await chown(join(directory, '.runner'), GUEST, GUEST);
    await removeConfigFiles(directory, { uid: GUEST });
    expect(await readdir(directory)).toEqual(['.credentials']);
  });

  it('all of them go from guest’s directory', async () => {
    const directory = await makeDirectory();
    await writeFile(join(directory, '.runner'), '');
    await chown(directory, GUEST, GUEST);
    await removeConfigFiles(directory, { uid: GUEST });
    expect(await readdir(directory)).toEqual([]);
  });
});

it('nothing is removed where there is no directory', async () => {
  const directory = await makeDirectory();
  await removeConfigFiles(join(directory, 'none'), { uid: GUEST });
  expect(await readdir(directory)).toEqual([]);
});

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
