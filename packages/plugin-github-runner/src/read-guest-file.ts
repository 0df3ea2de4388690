import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** What is read here holds a dozen short lines. */
const LONGEST_FILE = 65_536;

/**
 * Reads a file that guest can replace: what is none, a link, a pipe or something long, is neither followed nor waited for.
 *
 * @returns undefined when it is no such file.
 * @throws Error of the file system, such as ENOENT.
 */
export const readGuestFile = async (path: string): Promise<string | undefined> => {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  await using file = await open(path, flags);
  const found = await file.stat();
  if (!found.isFile() || found.size > LONGEST_FILE) return undefined;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST_FILE), 0, LONGEST_FILE, 0);
  return buffer.toString('utf8', 0, bytesRead);
};
