import { join } from 'node:path';
import type { TapContext } from '@ci-runner/core';
import { normaliseKey } from './normalise-key.ts';
import { hideKey, placeKey, type PlacedKey } from './place-key.ts';

/**
 * Gives guest the storage's key, where jobs find it too; as root also to root. A key of their own stays: the prewarm
 * then uses a private copy.
 */
export const installKey = async (context: TapContext, secret: string): Promise<PlacedKey> => {
  const { guest, supervisor, log } = context;
  const key = normaliseKey(secret);
  if (supervisor.uid === 0 && guest.uid !== 0) await placeKey(context, supervisor, key);
  const placed = await placeKey(context, guest, key);
  if (placed) return placed;
  log.warn(
    `${join(guest.home, '.ssh/id_rsa')} is another key or cannot be written, and is left alone: ` +
      `the prewarm uses CI_STORAGE_PRIVATE_KEY from a private file, jobs use what they find`,
  );
  return hideKey(context, guest, key);
};
