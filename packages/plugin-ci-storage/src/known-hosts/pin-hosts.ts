import { join } from 'node:path';
import type { TapContext, User } from '@ci-runner/core';
import { unlessDiskFault } from '../key/disk-fault.ts';
import { placeInSsh } from '../key/ssh-directory.ts';

/** Makes the list the user's known_hosts, for the time of the run, unless there is one: that is the user's own affair. */
const placeFor = async (context: TapContext, user: User, content: string): Promise<void> => {
  if (await placeInSsh(context, user, 'known_hosts', content)) return;
  const place = join(user.home, '.ssh/known_hosts');
  context.log.info(`${place} stays as it is: CI_STORAGE_KNOWN_HOSTS holds for the prewarm alone`);
};

/**
 * Puts the pinned host keys where ssh in jobs looks for them, and resolves to a private file with exactly these, for the
 * prewarm.
 */
export const pinHosts = async (context: TapContext, content: string): Promise<string> => {
  const { guest, supervisor } = context;
  const users = supervisor.uid === 0 && guest.uid !== 0 ? [supervisor, guest] : [guest];
  for (const user of users) {
    const what = `${join(user.home, '.ssh/known_hosts')} cannot be written`;
    await unlessDiskFault(context, what, async () => placeFor(context, user, content));
  }
  const directory = await context.temporaryDirectory('ci-storage', guest);
  const path = join(directory, 'known_hosts');
  await context.writeFile({ path, content, owner: guest });
  return path;
};
