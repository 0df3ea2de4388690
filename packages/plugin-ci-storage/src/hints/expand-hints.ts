import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { StorageError } from '../storage-error.ts';
import { findFiles } from './find-files.ts';

const DIGEST_LENGTH = 16;

/** What can match several files; a bracket alone does not make it one. */
const isPattern = (word: string): boolean => /[*?]/.test(word);

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);

interface Found {
  readonly path: string;
  /** Whether it must be a file that can be read. */
  readonly named: boolean;
}

const filesOf = async (
  patterns: readonly string[],
  workingDirectory: string,
): Promise<readonly Found[]> => {
  const found = new Map<string, boolean>();
  for (const word of patterns) {
    if (!isPattern(word)) found.set(word, true);
    else {
      for await (const path of findFiles(word, workingDirectory)) {
        found.set(path, found.get(path) ?? false);
      }
    }
  }
  // By code points, as the action sorts them: JavaScript's own order is one of UTF-16.
  return [...found]
    .map(([path, named]) => ({ path, named }))
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
};

const unreadable = (path: string, why: string): StorageError =>
  new StorageError(
    `${path}, of which a hint is made, cannot be read (${why})`,
    'name files that are there, relative to the current directory',
    'invalid-input',
  );

const openFile = async (path: string, workingDirectory: string): Promise<FileHandle> => {
  try {
    return await open(resolve(workingDirectory, path));
  } catch (error) {
    throw unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error));
  }
};

const addFile = async (
  hash: Hash,
  { path, named }: Found,
  workingDirectory: string,
): Promise<void> => {
  await using file = await openFile(path, workingDirectory);
  if ((await file.stat()).isDirectory()) {
    if (named) throw unreadable(path, 'it is a directory');
    return;
  }
  for await (const chunk of file.createReadStream({ autoClose: false }))
    hash.update(chunk as Buffer);
};

const digestOf = async (patterns: readonly string[], workingDirectory: string): Promise<string> => {
  const hash = createHash('sha256');
  for (const found of await filesOf(patterns, workingDirectory)) {
    await addFile(hash, found, workingDirectory);
  }
  return `@${hash.digest('hex').slice(0, DIGEST_LENGTH)}`;
};

/**
 * Makes hints of what was given for them. Each line holds hints that are separated by blanks, or after an `@` the files whose content
 * makes one hint: names, and patterns as {@link findFiles} has them.
 *
 * @throws StorageError `invalid-input` when a file cannot be read.
 */
export const expandHints = async (
  given: readonly string[],
  workingDirectory: string,
): Promise<readonly string[]> => {
  const lines = given
    .flatMap((text) => text.split(/\r\n|\r|\n/))
    .map((line) => line.trim())
    .filter(Boolean);
  const hints: string[] = [];
  for (const line of lines) {
    if (line.startsWith('@')) hints.push(await digestOf(words(line.slice(1)), workingDirectory));
    else hints.push(...words(line));
  }
  return hints;
};
