import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

const ENTRYPOINT = /^entrypoint\..*\.(?:sh|ts|mts|mjs|js)$/s;
/** Declarations hold nothing that could run. */
const DECLARATIONS = /\.d\.m?ts$/;

/** What the original runs by itself: here its steps are no scripts. */
const PLAIN = /^entrypoint\.(?:sh|ts|mts|mjs|js)$/;

/** Root's scripts whose names sort before this run before anything is validated. */
const VALIDATION = 'entrypoint.01-validate';

/** These mean that there is nothing which this process could run. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EACCES']);

/** In the order of the C locale. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const namesIn = async (directory: string): Promise<string[]> => {
  try {
    return await readdir(directory);
  } catch (error) {
    if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
};

/** Directories, and what may never end, such as a pipe. */
const isNoFile = async (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => !found.isFile(),
    // A dangling link is told as what it is.
    () => false,
  );

const pathsOf = async (
  directory: string,
  isWanted: (name: string) => boolean,
): Promise<string[]> => {
  const names = (await namesIn(directory)).filter(isWanted);
  const paths = names.toSorted(byBytes).map((name) => join(directory, name));
  const unfit = await Promise.all(paths.map(isNoFile));
  return paths.filter((_path, index) => !unfit[index]);
};

/** The paths of the scripts in `directory`, in the order of the C locale; none when it does not exist. */
export const findScripts = async (directory: string): Promise<string[]> =>
  pathsOf(directory, (name) => ENTRYPOINT.test(name) && !DECLARATIONS.test(name));

/** The paths of what looks like a script to whoever wrote it, and is none. */
export const findPlainScripts = async (directory: string): Promise<string[]> =>
  pathsOf(directory, (name) => PLAIN.test(name));

/** Whether bash runs it; what else there is are modules. */
export const isShellScript = (path: string): boolean => path.endsWith('.sh');

/** Whether a script of root's runs before anything is validated. */
export const isEarly = (path: string): boolean => byBytes(basename(path), VALIDATION) < 0;
