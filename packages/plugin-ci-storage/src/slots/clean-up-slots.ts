import { DEFAULT_KEEP_HINT_SLOTS, DEFAULT_MAX_AGE_SECONDS } from '../layout.ts';
import { patiently } from '../transport/patiently.ts';
import type { CleanedUp, SlotTransport } from '../transport/slot-transport.ts';
import { assertSeconds, assertStoragePath } from './check-input.ts';
import { transferEvents, type CallOptions } from './slot-events.ts';

/** What to clean up. */
export interface CleanUpRequest extends CallOptions {
  readonly transport: SlotTransport;
  /** The storage's directory, which holds the slots. */
  readonly path: string;
  /** Slots older than this are removed, but for the newest and those of hints. @default 1800 */
  readonly maxAgeSeconds?: number;
  /** For how many first hints the newest slot is kept, whatever its age. @default 5 */
  readonly keepHintSlots?: number;
  /** Whether what is removed may still be there when the promise resolves. @default false */
  readonly background?: boolean;
}

/**
 * Removes old slots and what broken stores have left behind. Of two clean-ups at once the later one does nothing.
 *
 * @throws StorageError when the storage cannot be used.
 */
export const cleanUpSlots = async (request: CleanUpRequest): Promise<CleanedUp> => {
  const { transport, path, background = false, signal } = request;
  const { maxAgeSeconds = DEFAULT_MAX_AGE_SECONDS } = request;
  const { keepHintSlots = DEFAULT_KEEP_HINT_SLOTS } = request;
  assertStoragePath(path);
  assertSeconds('the highest age', maxAgeSeconds);
  assertSeconds('the number of hints', keepHintSlots);
  const order = { path, maxAgeSeconds, keepHintSlots, background, signal };
  return patiently(async () => transport.cleanUp(order), transferEvents(request));
};
