import { chmod, chown, mkdir } from 'node:fs/promises';
import { ConfigurationError, type Fault, type TapContext } from '@ci-runner/core';

const CURES: Readonly<Record<string, string>> = {
  EEXIST: 'a file is in its place: remove the file, or name another directory',
  ENOTDIR:
    'a file is in the place of a directory above it: remove the file, or name another directory',
  EROFS: 'its file system is read-only: mount it writable, or name another directory',
  ENOSPC: 'its disk is full: make room, or name another directory',
};

const faultOf = (name: string, got: string, { code }: NodeJS.ErrnoException): Fault => {
  const cure = CURES[code ?? ''] ?? 'let root make and own it, or name another directory';
  return { name, got, expected: `takes a directory that can be given to guest (${code}); ${cure}` };
};

/**
 * Gives the work and the cache directory to guest and to nobody else; only root can.
 *
 * @throws ConfigurationError naming each that cannot be made or given away.
 */
export const ownDirectories = async ({ config, guest, supervisor }: TapContext): Promise<void> => {
  if (supervisor.uid !== 0) return;
  const faults: Fault[] = [];
  const settings = [
    ['CI_RUNNER_WORK_DIR', config.workDir],
    ['CI_RUNNER_CACHE_DIR', config.cacheDir],
  ] as const;
  for (const [name, directory] of settings) {
    try {
      await mkdir(directory, { recursive: true });
      await chown(directory, guest.uid, guest.gid);
      await chmod(directory, 0o700);
    } catch (error) {
      faults.push(faultOf(name, directory, error as NodeJS.ErrnoException));
    }
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
};
