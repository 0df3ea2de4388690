import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

const ancestorsOf = (path: string): string[] =>
  dirname(path) === path ? [path] : [...ancestorsOf(dirname(path)), path];

/**
 * Resolves to why others than root and the uid `owner` could put something else in the place of `path`, as a phrase;
 * undefined when nobody can. In a sticky directory, such as /tmp, only owners replace what is theirs.
 */
export const whyReplaceable = async (path: string, owner = 0): Promise<string | undefined> => {
  for (const place of ancestorsOf(path)) {
    const found = await lstat(place);
    const { uid, mode } = found;
    if (found.isSymbolicLink()) return `${place} is a link`;
    if (uid !== 0 && uid !== owner) return `${place} belongs to uid ${uid}`;
    // What can be put into a directory is not what stands in its place; into a file it is.
    if (found.isDirectory() && place === path) return undefined;
    const open = (mode & OTHERS_WRITE) !== 0 && !(found.isDirectory() && (mode & STICKY) !== 0);
    if (open) return `others can write to ${place}`;
  }
  return undefined;
};
