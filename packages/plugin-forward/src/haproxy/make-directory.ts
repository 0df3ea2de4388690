import { constants, open } from 'node:fs/promises';
import type { TapContext } from '@ci-runner/core';

/** Whoever has its group can make files in it and enter it, but not list it, nor remove what others have made. */
const ENTERED_BY_GROUP = 0o1730;

/**
 * Makes the directory of haproxy's configuration and admin socket. Jobs run as the account that haproxy runs as, and tidy up
 * with `rm -rf /tmp/*`: that account can make a socket there, but the directory is not its own.
 */
export const makeDirectory = async (context: TapContext): Promise<string> => {
  const { guest } = context;
  const directory = await context.temporaryDirectory('ci-runner-haproxy', guest);
  if (process.getuid?.() !== 0) return directory;
  // By its handle: until here it is the guest's, who could put a link in its place.
  const handle = await open(directory, constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await handle.chown(0, guest.gid);
    await handle.chmod(ENTERED_BY_GROUP);
  } finally {
    await handle.close();
  }
  return directory;
};
