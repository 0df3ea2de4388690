import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TapContext } from '@ci-runner/core';

/** Writes `~guest/ci-storage-host`, in which steps of jobs look for the storage's address. */
export const announceHost = async (context: TapContext, host: string): Promise<void> => {
  const { guest, log } = context;
  const path = join(guest.home, 'ci-storage-host');
  const found = await lstat(path).catch(() => undefined);
  // A link could lead anywhere, and root would write there.
  if (found !== undefined && !found.isFile()) {
    log.warn(`${path} is no regular file and is left alone: jobs will not find the storage`);
    return;
  }
  try {
    await context.writeFile({ path, content: `${host}\n`, mode: 0o644, owner: guest });
  } catch (error) {
    log.warn(
      `${path} cannot be written: jobs will not find the storage (${(error as Error).message})`,
    );
  }
};
