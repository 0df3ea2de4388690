import { join } from 'node:path';
import { describeError, type TapContext, type User } from '@ci-runner/core';
import { StorageError } from '../storage-error.ts';
import { normaliseKey } from './normalise-key.ts';
import { hideKey, placeKey, type PlacedKey } from './place-key.ts';

/** What a disk answers that is full, read-only or broken: no reason to end a boot that can do without the storage. */
const isDiskFault = (error: unknown): boolean =>
  error instanceof StorageError || (error instanceof Error && 'syscall' in error);

/** Resolves to undefined, with a warning, where the disk does not let it happen. */
const unlessDiskFault = async (
  { log }: TapContext,
  what: string,
  work: () => Promise<PlacedKey | undefined>,
): Promise<PlacedKey | undefined> => {
  try {
    return await work();
  } catch (error) {
    if (!isDiskFault(error)) throw error;
    log.warn(`${what} (${describeError(error)})`);
    return undefined;
  }
};

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
  secret: string,
): Promise<PlacedKey | undefined> => {
  const { guest, supervisor, log } = context;
  const key = normaliseKey(secret);
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
