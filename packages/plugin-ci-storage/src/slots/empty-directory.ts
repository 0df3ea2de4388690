import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../processes/run-program.ts';
import type { StartProcess } from '../processes/start-process.ts';
import { StorageError } from '../storage-error.ts';
import { META_FILE } from '../layout.ts';

/**
 * Removes everything in the directory but what the patterns match, which only rsync knows to interpret.
 *
 * @throws StorageError when something stays.
 */
export const emptyDirectory = async (
  start: StartProcess,
  directory: string,
  exclude: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> => {
  const nothing = await mkdtemp(join(tmpdir(), 'ci-storage-nothing-'));
  try {
    const { exit, stderr } = await runProgram(start, {
      command: 'rsync',
      args: [
        '--recursive',
        '--delete',
        `--exclude=${META_FILE}`,
        ...exclude.map((pattern) => `--exclude=${pattern}`),
        `${nothing}/`,
        `${directory}/`,
      ],
      signal,
    });
    if (exit.code === 0) return;
    throw new StorageError(
      `${directory} cannot be emptied (${stderr.at(-1) ?? `exit code ${exit.code}`})`,
      'remove what is in it, or give it to the current user',
    );
  } finally {
    await rmdir(nothing);
  }
};
