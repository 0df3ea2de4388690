import { lstat, readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { matcherOf } from './name-pattern.ts';

const RECURSIVE = '**';

const isMagic = (text: string): boolean => /[*?[]/.test(text);
const isHidden = (name: string): boolean => name.startsWith('.');

/** Paths stay relative to the working directory, because digests depend on their order. */
interface Search {
  readonly workingDirectory: string;
}

const join = (directory: string, name: string): string =>
  directory === '' || directory.endsWith('/') ? `${directory}${name}` : `${directory}/${name}`;

const isDirectory = async ({ workingDirectory }: Search, path: string): Promise<boolean> =>
  stat(resolve(workingDirectory, path)).then(
    (found) => found.isDirectory(),
    () => false,
  );

const isThere = async ({ workingDirectory }: Search, path: string): Promise<boolean> =>
  lstat(resolve(workingDirectory, path)).then(
    () => true,
    () => false,
  );

/** A directory that cannot be read has no names. */
const namesIn = async ({ workingDirectory }: Search, path: string): Promise<string[]> =>
  readdir(resolve(workingDirectory, path)).catch(() => []);

/** Everything below the directory but what is hidden, links to directories followed. */
async function* below(search: Search, directory: string): AsyncGenerator<string> {
  for (const name of await namesIn(search, directory)) {
    if (isHidden(name)) continue;
    const path = join(directory, name);
    yield path;
    if (await isDirectory(search, path)) yield* below(search, path);
  }
}

async function* matchingIn(
  search: Search,
  directory: string,
  pattern: string,
): AsyncGenerator<string> {
  if (pattern === RECURSIVE) {
    yield join(directory, '');
    yield* below(search, directory);
  } else if (isMagic(pattern)) {
    const matches = matcherOf(pattern);
    for (const name of await namesIn(search, directory)) {
      if ((isHidden(pattern) || !isHidden(name)) && matches(name)) yield join(directory, name);
    }
  } else if (await isThere(search, join(directory, pattern))) yield join(directory, pattern);
}

async function* directoriesOf(search: Search, pattern: string): AsyncGenerator<string> {
  if (!isMagic(pattern)) {
    yield pattern;
    return;
  }
  for await (const path of pathsOf(search, pattern)) {
    if (path === '' || (await isDirectory(search, path))) yield path;
  }
}

async function* pathsOf(search: Search, pattern: string): AsyncGenerator<string> {
  const at = pattern.lastIndexOf('/');
  const last = pattern.slice(at + 1);
  const directory = at === 0 ? '/' : pattern.slice(0, Math.max(at, 0)).replace(/(?<=.)\/+$/, '');
  for await (const found of directoriesOf(search, directory)) {
    yield* matchingIn(search, found, last);
  }
}

/**
 * The paths that a pattern matches, as Python's `glob.glob(pattern, recursive=True)` finds them, which the action uses: `*`,
 * `?` and `[…]` match within a name and nothing hidden, `**` any number of directories. Some may come more than once.
 */
export const findFiles = (pattern: string, workingDirectory: string): AsyncGenerator<string> =>
  pathsOf({ workingDirectory }, pattern);
