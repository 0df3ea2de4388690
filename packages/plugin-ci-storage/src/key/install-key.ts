import { join } from 'node:path';
import type { TapContext, User } from '@ci-runner/core';
import { unlessDiskFault } from './disk-fault.ts';
import { hideKey, placeKey, type PlacedKey } from './place-key.ts';

const tryToPlace = async (
  context: TapContext,
  user: User,
  key: string,
): Promise<PlacedKey | undefined> =>
  unlessDiskFault(context, `the key cannot be put into ${join(user.home, '.ssh')}`, async () =>
    placeKey(context, user, key),
  );

/**
 * Gives guest the storage's key, where jobs find it too; as root also to root. A key of their own stays: the prewarm
 * then uses a private copy. Undefined when the key can be put nowhere.
 */
export const installKey = async (
  context: TapContext,
  key: string,
): Promise<PlacedKey | undefined> => {
  const { guest, supervisor, log } = context;
  if (supervisor.uid === 0 && guest.uid !== 0) await tryToPlace(context, supervisor, key);
  const placed = await tryToPlace(context, guest, key);
  if (placed) return placed;
  log.warn(
    `${join(guest.home, '.ssh/id_rsa')} is another key or cannot be written, and is left alone: ` +
      `the prewarm uses CI_STORAGE_PRIVATE_KEY from a private file, jobs use what they find`,
  );
  return unlessDiskFault(
    context,
    'the prewarm has no key: no private file can be written',
    async () => hideKey(context, guest, key),
  );
};
