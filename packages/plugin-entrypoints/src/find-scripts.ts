import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const ENTRYPOINT = /^entrypoint\..*\.sh$/s;

/** These mean that there is nothing which this process could run. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EACCES']);

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const namesIn = async (directory: string): Promise<string[]> => {
  try {
    return await readdir(directory);
  } catch (error) {
    if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
};

const isDirectory = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    // A dangling link is no directory: bash tells what is wrong with it.
    () => false,
  );

/** The paths of the scripts `entrypoint.*.sh` in `directory`, in the order of the C locale; none when it does not exist. */
export const findScripts = async (directory: string): Promise<string[]> => {
  const names = (await namesIn(directory)).filter((name) => ENTRYPOINT.test(name));
  const paths = names.toSorted(byBytes).map((name) => join(directory, name));
  const unfit = await Promise.all(paths.map(isDirectory));
  return paths.filter((_path, index) => !unfit[index]);
};
