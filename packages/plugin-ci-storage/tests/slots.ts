import { execFile } from 'node:child_process';
import { lstat, mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Machine } from './boot.ts';

const run = promisify(execFile);

/** Stores a slot of a few files whose content is the id. */
export const storeSlot = async (machine: Machine, id: string, meta = ''): Promise<string> => {
  const slot = join(machine.slots, id);
  await mkdir(slot, { recursive: true });
  await writeFile(join(slot, 'which'), id);
  if (meta !== '') await writeFile(join(slot, '.ci-storage.meta'), meta);
  return slot;
};

/** Fills a slot with `count` files in folders, a symbolic link, an empty directory and programs. */
export const fillSlot = async (slot: string, count: number): Promise<void> => {
  const odd = join(slot, 'an odd näme');
  await mkdir(join(slot, 'empty'), { recursive: true });
  await mkdir(odd);
  for (let index = 0; index < count; index += 1) {
    const folder = join(odd, String(index % 10));
    await mkdir(folder, { recursive: true });
    const file = join(folder, `file-${index}`);
    await writeFile(file, `${index}\n`.repeat(index), { mode: index % 3 === 0 ? 0o755 : 0o644 });
    const time = 1_600_000_000 + index + 0.123_456;
    await utimes(file, time, time);
  }
  await symlink('an odd näme/1/file-1', join(slot, 'link'));
  await symlink('nowhere', join(slot, 'dangling'));
};

/** What `rsync -n` would still send from the slot, as it itemises it; owners aside, because guest cannot give files away. */
export const differences = async (slot: string, directory: string): Promise<string> => {
  const { stdout } = await run('rsync', [
    '-aHcin',
    '--no-owner',
    '--no-group',
    '--delete',
    '--modify-window=-1',
    '--exclude=.ci-storage.meta',
    `${slot}/`,
    `${directory}/`,
  ]);
  return stdout;
};

/** The mtime of every entry below the directory, in nanoseconds. */
export const timesOf = async (directory: string): Promise<Record<string, bigint>> => {
  const names = await readdir(directory, { recursive: true });
  const entries = await Promise.all(
    names
      .filter((name) => !name.endsWith('.ci-storage.meta'))
      .map(async (name): Promise<[string, bigint]> => [
        name,
        (await lstat(join(directory, name), { bigint: true })).mtimeNs,
      ]),
  );
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
};
