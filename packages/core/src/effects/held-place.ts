import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/** The place of a file in a directory that stays the same one, whatever its path leads to later. */
export interface HeldPlace {
  /** A path by which the kernel reaches the place through the open directory (proc(5)). */
  readonly entry: string;
  close(): Promise<void>;
}

/** Follows no link in the place of the directory, and finds no other directory there from then on. */
const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Opens the directory that `path` is in; the file itself need not exist. */
export const holdPlace = async (path: string): Promise<HeldPlace> => {
  const handle = await open(dirname(path), DIRECTORY);
  return {
    entry: `/proc/self/fd/${handle.fd}/${basename(path)}`,
    close: async () => handle.close(),
  };
};
