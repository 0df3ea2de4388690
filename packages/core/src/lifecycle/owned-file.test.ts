import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testCaller, type TestCaller } from '../../tests/test-caller.ts';
import type { TapContext } from '../hooks/tap-context.ts';

/** A home that its user can change at any time. */
let home: string;
/** What only root may touch. */
let target: string;
let caller: TestCaller;
let context: TapContext;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'owned-file-test-'));
  target = join(home, 'target');
  for (const path of [target, join(home, '.ssh')]) await mkdir(path);
  for (const name of ['key', 'known']) await writeFile(join(target, name), 'precious');
  caller = testCaller();
  context = caller.contextFor('octo', caller.signal);
});

afterEach(async () => {
  await caller.releases.releaseAll();
  await rm(home, { recursive: true });
});

const plantLink = async (): Promise<void> => {
  await rename(join(home, '.ssh'), join(home, '.old'));
  await symlink(target, join(home, '.ssh'));
};

describe('a link that takes the place of the directory', () => {
  test('before the writing is refused', async () => {
    await plantLink();
    const path = join(home, '.ssh/key');
    await expect(context.writeFile({ path, content: 'secret' })).rejects.toThrow('ENOTDIR');
    await expect(context.removeAtClose(path)).rejects.toThrow('ENOTDIR');
    expect(await caller.releases.releaseAll()).toEqual([]);
    expect(await readFile(join(target, 'key'), 'utf8')).toBe('precious');
  });

  test('before the close leads no removal astray, and the files are removed all the same', async () => {
    await context.writeFile({ path: join(home, '.ssh/key'), content: 'secret' });
    await context.removeAtClose(join(home, '.ssh/known'));
    await writeFile(join(home, '.ssh/known'), 'made by others');
    await plantLink();
    expect(await caller.releases.releaseAll()).toEqual([]);
    expect(await readdir(target)).toEqual(['key', 'known']);
    expect(await readdir(join(home, '.old'))).toEqual([]);
  });
});

describe('something foreign in the place of the file', () => {
  const arrangements: Readonly<Record<string, (path: string) => Promise<void>>> = {
    'a directory': async (path) => mkdir(path),
    'another file': async (path) => writeFile(path, 'theirs'),
    'a link': async (path) => symlink(target, path),
  };

  test.for(Object.keys(arrangements))('%s is left, with a warning', async (what) => {
    const path = join(home, '.ssh/key');
    await context.writeFile({ path, content: 'secret' });
    await rm(path);
    await arrangements[what]?.(path);
    expect(await caller.releases.releaseAll()).toEqual([]);
    expect((await lstat(path)).ino).toBeGreaterThan(0);
    expect(await readdir(target)).toEqual(['key', 'known']);
    expect(caller.lines.join('\n')).toContain(`${path} is left alone at the close`);
  });

  test.for(['a link', 'a directory that is not empty'])(
    '%s is left where others make the file, with a warning',
    async (what) => {
      const path = join(home, 'meta');
      await context.removeAtClose(path);
      await (what === 'a link'
        ? symlink(target, path)
        : mkdir(join(path, 'in'), { recursive: true }));
      expect(await caller.releases.releaseAll()).toEqual([]);
      expect(await readdir(path)).toHaveLength(what === 'a link' ? 2 : 1);
      expect(caller.lines.join('\n')).toContain(`${path} is left alone at the close`);
    },
  );
});

test('an empty directory that others made is removed, and nothing need be there', async () => {
  const path = join(home, 'made');
  await context.removeAtClose(path);
  await context.removeAtClose(join(home, 'not-made'));
  await mkdir(path);
  expect(await caller.releases.releaseAll()).toEqual([]);
  expect(await readdir(home)).toEqual(['.ssh', 'target']);
  expect(caller.lines).toEqual([]);
});

test('an error names the path that was given', async () => {
  const path = join(home, '.ssh');
  await expect(context.writeFile({ path, content: '' })).rejects.toThrow(path);
  expect(await caller.releases.releaseAll()).toEqual([]);
});
