import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { removeConfigFiles } from './config-files.ts';

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
