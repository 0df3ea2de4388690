import { execFile } from 'node:child_process';
import { link, lutimes, mkdir, open, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const at = async (path: string | Buffer, seconds: number): Promise<void> =>
  utimes(path, seconds, seconds);

/** A name that is no UTF-8, in a directory. */
const inBytes = (directory: string, name: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(name)]);

const ODD_NAMES = [
  'two\nlines',
  'tab\tand back\\slash',
  ' blanks ',
  '-rf',
  '*',
  'näme',
  '"quoted\'',
  '.hidden',
  'x'.repeat(255),
  'ci-storage.meta',
];

const makeFiles = async (root: string): Promise<void> => {
  for (const [index, name] of ODD_NAMES.entries()) {
    const path = join(root, name);
    await writeFile(path, `${index}\n`.repeat(index * 1_000));
    await at(path, 1_600_000_000 + index + 0.123_456);
  }
  await writeFile(inBytes(root, [0xff, 0xfe, 0x41]), 'bytes');
  await mkdir(inBytes(root, [0x64, 0xc3]));
  await writeFile(inBytes(root, [0x64, 0xc3, 0x2f, 0x66]), 'in it');
  await writeFile(join(root, 'empty'), '');
  await writeFile(join(root, 'program'), '#!/bin/sh\n', { mode: 0o755 });
  await writeFile(join(root, 'read-only'), 'r', { mode: 0o444 });
  await run('chmod', ['6755', join(root, 'program')]);
  for (const seconds of [-1, 0, 1, 4_102_444_800]) {
    const path = join(root, `time ${seconds}`);
    await writeFile(path, 'time');
    await at(path, seconds + 0.25);
  }
};

const makeLarge = async (root: string): Promise<void> => {
  const holes = await open(join(root, 'holes'), 'w');
  for (const offset of [0, 5_000_000, 9_000_001]) await holes.write('island', offset);
  await holes.close();
  await truncate(join(root, 'holes'), 20_000_000);
  await writeFile(join(root, 'only a hole'), '');
  await truncate(join(root, 'only a hole'), 30_000_000);
  await writeFile(join(root, 'large'), Buffer.alloc(5_000_000, 'large and dense '));
};

const makeLinks = async (root: string): Promise<void> => {
  await symlink('program', join(root, 'link'));
  await symlink('../../outside', join(root, 'link out'));
  await symlink('/etc/passwd', join(root, 'absolute link'));
  await symlink('no\nwhere', join(root, 'dangling'));
  await lutimes(join(root, 'dangling'), 1_500_000_000.5, 1_500_000_000.5);
  const far = join(root, 'a/b/c');
  await mkdir(far, { recursive: true });
  await link(join(root, 'näme'), join(far, 'twin'));
  await link(join(root, 'näme'), join(root, 'z-twin'));
  // Equal in everything but being one file.
  await run('cp', ['-p', join(root, 'program'), join(root, 'copy of program')]);
  // Slots share files that did not change: such a link leads out of the slot.
  await link(join(root, 'large'), join(root, '../shared'));
};

const makeFolders = async (root: string): Promise<void> => {
  await mkdir(join(root, 'empty folder/empty too'), { recursive: true });
  const deep = join(root, ...Array.from({ length: 20 }, (_, depth) => `${depth}-`.repeat(20)));
  await mkdir(deep, { recursive: true });
  await writeFile(join(deep, 'file'), 'deep');
  for (const [name, mode] of [
    ['closed', '0555'],
    ['setgid', '2775'],
    ['sticky', '1777'],
  ] as const) {
    const folder = join(root, name);
    await mkdir(folder);
    await writeFile(join(folder, 'file'), name);
    await at(folder, 1_400_000_000.75);
    await run('chmod', [mode, folder]);
  }
  await run('mkfifo', [join(root, 'pipe')]);
  await writeFile(join(root, '.ci-storage.meta'), 'never travels');
  await writeFile(join(root, 'a/.ci-storage.meta'), 'nor does this');
  await at(root, 1_300_000_000.875);
};

/** Makes one of everything that a work directory may hold, at a path that exists. */
export const makeZoo = async (root: string): Promise<void> => {
  await makeFiles(root);
  await makeLarge(root);
  await makeLinks(root);
  await makeFolders(root);
};
