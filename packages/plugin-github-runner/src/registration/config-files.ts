import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { RunnerError } from '@ci-runner/core';
import { readGuestFile } from '../read-guest-file.ts';

/** All that config.sh and a running actions-runner write about a registration; a stale one of them spoils the next. */
const CONFIG_FILES = [
  '.runner',
  '.runner_migrated',
  '.credentials',
  '.credentials_migrated',
  '.credentials_rsaparams',
];

/** Guest owns the place, and could lead a root that walks through a directory out of it: that one is left alone. */
const removeFile = async (path: string): Promise<void> => {
  try {
    await unlink(path);
  } catch (error) {
    if (!['ENOENT', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
};

/** Removes what is left of a registration in the actions-runner's directory. */
export const removeConfigFiles = async (directory: string): Promise<void> => {
  await Promise.all(CONFIG_FILES.map(async (name) => removeFile(join(directory, name))));
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
