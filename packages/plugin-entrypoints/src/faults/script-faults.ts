import { access, constants, lstat, readFile, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { whyReplaceable, type Fault } from '@ci-runner/core';
import { isShellScript } from '../find-scripts.ts';

const isProgram = async (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** Scripts need bash; without scripts its absence is no fault. */
export const bashFaults = async (
  scripts: readonly string[],
  searchPath: string | undefined,
): Promise<Fault[]> => {
  const [script] = scripts;
  if (script === undefined) return [];
  const candidates = (searchPath ?? '').split(delimiter).filter(Boolean);
  const found = await Promise.all(candidates.map(async (path) => isProgram(join(path, 'bash'))));
  if (found.includes(true)) return [];
  return [{ name: script, expected: 'needs bash, which is not on PATH: install it' }];
};

/** What must not be run as root, because others could put something else in its place; the first path of each reason. */
export const ownershipFaults = async (paths: readonly string[]): Promise<Fault[]> => {
  const reasons = new Map<string, string>();
  for (const path of paths) {
    // That it is not there is told by others.
    const why = await whyReplaceable(path).catch(() => undefined);
    if (why !== undefined && !reasons.has(why)) reasons.set(why, path);
  }
  return [...reasons].map(([why, name]) => ({
    name,
    expected: `would run as root, but others could replace it (${why}): let it and every directory on the way to it belong to root, and chmod go-w them`,
  }));
};

/**
 * Next to root's scripts: what BASH_ENV names, which every bash of theirs would run first. It is checked only where it is
 * a plain path, because bash expands it.
 */
export const bashEnvFaults = async (path: string | undefined): Promise<Fault[]> => {
  if (path === undefined) return [];
  if (isAbsolute(path) && !/[$`\\]/.test(path)) return ownershipFaults([path]);
  const expected = 'would run as root, so it takes a plain absolute path, such as /etc/bash.env';
  return [{ name: 'BASH_ENV', got: path, expected }];
};

const presenceFault = async (path: string): Promise<Fault | undefined> => {
  try {
    await stat(path);
    return undefined;
  } catch (error) {
    const isLink = await lstat(path).then(
      (found) => found.isSymbolicLink(),
      () => false,
    );
    if (isLink) {
      return { name: path, expected: 'is a link that leads nowhere: mend it or remove it' };
    }
    // The directory lists it, but under other bytes.
    if (path.includes('\uFFFD')) {
      return { name: path, expected: 'has a name that is not UTF-8: rename it' };
    }
    const { code } = error as NodeJS.ErrnoException;
    return { name: path, expected: `cannot be opened (${code}): mend it or remove it` };
  }
};

/** Scripts that are listed and cannot be found, which bash would tell in a way that hides the cause. */
const presenceFaults = async (scripts: readonly string[]): Promise<Fault[]> => {
  const faults = await Promise.all(scripts.map(presenceFault));
  return faults.filter((fault) => fault !== undefined);
};

const lineEndFault = async (path: string): Promise<Fault | undefined> => {
  // Others than regular files may never end.
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const text = await readFile(path, 'latin1').catch(() => '');
  if (!text.includes('\r\n')) return undefined;
  return { name: path, expected: "has CRLF line ends: convert with sed -i 's/\\r$//'" };
};

/** Scripts with CRLF line ends, which bash would take for a part of the last word of each line. */
const lineEndFaults = async (scripts: readonly string[]): Promise<Fault[]> => {
  const faults = await Promise.all(scripts.map(lineEndFault));
  return faults.filter((fault) => fault !== undefined);
};

/** What is wrong with the scripts, whoever runs them. */
export const scriptFaults = async (scripts: readonly string[]): Promise<Fault[]> => [
  ...(await presenceFaults(scripts)),
  ...(await lineEndFaults(scripts.filter(isShellScript))),
];
