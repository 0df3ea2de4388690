import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { StorageError } from '../src/library.ts';
import type { Rig } from './library-rig.ts';

/** How it fails. */
export const failureOf = async (work: Promise<unknown>): Promise<StorageError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StorageError);
  return error as StorageError;
};

/** The names in the storage's directory. */
export const left = async ({ path }: Rig): Promise<string[]> => (await readdir(path)).toSorted();

/** Fills the local directory with so many files of 10 kB. */
export const fill = async ({ local }: Rig, files: number, text = 'x'): Promise<void> => {
  for (let index = 0; index < files; index += 1) {
    await writeFile(join(local, `file-${index}`), text.repeat(10_000));
  }
};
