import { chmod, chown, mkdir } from 'node:fs/promises';
import type { TapContext } from '@ci-runner/core';

/** Gives the work and the cache directory to guest and to nobody else; only root can. */
export const ownDirectories = async ({ config, guest, supervisor }: TapContext): Promise<void> => {
  if (supervisor.uid !== 0) return;
  for (const directory of [config.workDir, config.cacheDir]) {
    await mkdir(directory, { recursive: true });
    await chown(directory, guest.uid, guest.gid);
    await chmod(directory, 0o700);
  }
};
