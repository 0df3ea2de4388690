import { constants, open } from 'node:fs/promises';
import type { TapContext, User } from '@ci-runner/core';

/** Whoever has its group can make files in it and enter it, but not list it, nor remove what others have made. */
const ENTERED_BY_GROUP = 0o1730;

/**
 * Makes the directory of haproxy's configuration and admin socket. Jobs run as the user that haproxy runs as, and tidy up
 * with `rm -rf /tmp/*`: that user can make a socket there, but the directory is not its own.
 */
export const makeDirectory = async (
  context: TapContext,
  user: User | undefined,
): Promise<string> => {
  const directory = await context.temporaryDirectory('ci-runner-haproxy', user);
  if (user === undefined || process.getuid?.() !== 0) return directory;
  // By its handle: until here it is the user's, who could put a link in its place.
  const handle = await open(directory, constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await handle.chown(0, user.gid);
    await handle.chmod(ENTERED_BY_GROUP);
  } finally {
    await handle.close();
  }
  return directory;
};
