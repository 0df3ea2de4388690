import { constants } from 'node:fs';
import { lstat, open, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { RunnerError, type User } from '@ci-runner/core';
import { readGuestFile } from '../read-guest-file.ts';

/** All that config.sh and a running actions-runner write about a registration; a stale one of them spoils the next. */
const CONFIG_FILES = [
  '.runner',
  '.runner_migrated',
  '.credentials',
  '.credentials_migrated',
  '.credentials_rsaparams',
];

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

const openDirectory = async (path: string): Promise<FileHandle | undefined> => {
  try {
    return await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/** A directory in the place of a file is left alone. */
const removeFile = async (path: string, isTheirs: (uid: number) => boolean): Promise<void> => {
  try {
    if (isTheirs((await lstat(path)).uid)) await unlink(path);
  } catch (error) {
    if (!['ENOENT', 'EISDIR'].includes(codeOf(error))) throw error;
  }
};

/**
 * Removes what is left of a registration in the actions-runner's directory. Guest can put links above that place: what is
 * opened is the one directory that is changed, and where it is not guest's, only files are removed that are.
 */
export const removeConfigFiles = async (
  directory: string,
  { uid }: Pick<User, 'uid'>,
): Promise<void> => {
  await using handle = await openDirectory(directory);
  if (handle === undefined) return;
  const { uid: owner } = await handle.stat();
  const isTheirs = (fileOwner: number): boolean => owner === uid || fileOwner === uid;
  const entries = CONFIG_FILES.map((name) => `/proc/self/fd/${handle.fd}/${name}`);
  await Promise.all(entries.map(async (entry) => removeFile(entry, isTheirs)));
};

/**
 * The id that GitHub gave the runner.
 *
 * @throws RunnerError PROCESS_FAILED when the directory has no usable `.runner`; nothing of it is shown.
 */
export const readRunnerId = async (directory: string): Promise<number> => {
  const path = join(directory, '.runner');
  try {
    // The actions-runner writes its files with a byte order mark.
    const text = ((await readGuestFile(path)) ?? '').replace(/^\uFEFF/, '');
    const { agentId } = JSON.parse(text) as { agentId?: unknown };
    if (typeof agentId === 'number') return agentId;
  } catch {
    throw new RunnerError('PROCESS_FAILED', `config.sh left no usable ${path}`);
  }
  throw new RunnerError('PROCESS_FAILED', `config.sh left no agentId in ${path}`);
};
