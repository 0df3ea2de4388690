import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DEFAULT_MAX_AGE_SECONDS, normaliseId } from '../layout.ts';
import { withHints, withSlot } from '../slot-meta.ts';
import { StorageError } from '../storage-error.ts';
import type {
  CleanedUp,
  Selection,
  SlotTransport,
  Transferred,
} from '../transport/slot-transport.ts';
import { assertSeconds, assertStorable, assertStoragePath } from './check-input.ts';
import { youngEnough } from './choose-slot.ts';
import { cleanUpSlots } from './clean-up-slots.ts';
import { listPatiently } from './list-slots.ts';
import { readLocalMeta, writeLocalMeta } from './local-meta.ts';
import { transferEvents, type CallOptions } from './slot-events.ts';

/** What to store, and where. */
export interface StoreRequest extends CallOptions, Selection {
  readonly transport: SlotTransport;
  /** The storage's directory, which holds the slots. */
  readonly path: string;
  readonly slotId: string;
  /** The local directory. */
  readonly directory: string;
  /** What the content depends on, the most important first. @default those of the last load */
  readonly hints?: readonly string[];
  /** How old slots may be before the clean-up that follows removes them. @default 1800 */
  readonly maxAgeSeconds?: number;
  /** For how many first hints the clean-up keeps the newest slot. @default 5 */
  readonly keepHintSlots?: number;
}

/** What a store has done. */
export interface StoreResult extends Transferred {
  /** The id, with what may not stand in one replaced. */
  readonly slot: string;
  /** The slot that unchanged files are shared with; undefined when there was none. */
  readonly basis: string | undefined;
  /** What the clean-up removes in the background; undefined when it failed, of which an event tells. */
  readonly cleanedUp: CleanedUp | undefined;
}

const assertDirectory = async (directory: string): Promise<void> => {
  const found = await stat(directory).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new StorageError(
    `${directory} ${found ? 'is no directory' : 'is not there'}`,
    'name the directory whose content is to be stored',
    'invalid-input',
  );
};

/** Nothing that is stored already is lost by a failing clean-up, and the next one makes up for it. */
const cleanUp = async (request: StoreRequest): Promise<CleanedUp | undefined> => {
  request.onEvent?.({ phase: 'clean-up' });
  try {
    return await cleanUpSlots({ ...request, background: true });
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const message = `the slot is stored, but old ones are not cleaned up: ${error.message}; ${error.cure}`;
    request.onEvent?.({ phase: 'warning', message });
    return undefined;
  }
};

/**
 * Stores a local directory, or a layer of it, as a slot. The slot appears whole or not at all, in the place of an older one
 * with the same id, and old slots are cleaned up in the background.
 *
 * @throws StorageError when the storage or the directory cannot be used.
 */
export const storeSlot = async (request: StoreRequest): Promise<StoreResult> => {
  const { transport, path, directory, hints = [], exclude = [], layer = [] } = request;
  const { onEvent, signal, maxAgeSeconds = DEFAULT_MAX_AGE_SECONDS } = request;
  assertStoragePath(path);
  assertStorable(request.slotId);
  assertSeconds('the highest age', maxAgeSeconds);
  await assertDirectory(directory);
  const slot = normaliseId(request.slotId);
  const before = await readLocalMeta(directory);
  onEvent?.({ phase: 'connect' });
  await transport.connect(signal);
  const slots = youngEnough(await listPatiently(request), maxAgeSeconds);
  const last = layer.length === 0 ? before.history[0] : undefined;
  const basis = (slots.find(({ id }) => id === last) ?? slots[0])?.id;
  const meta = layer.length === 0 ? withSlot(slot, withHints(before, hints)) : undefined;
  const transferred = await transport.store({
    path,
    id: slot,
    directory: resolve(directory),
    basis,
    meta,
    exclude,
    layer,
    ...transferEvents(request),
  });
  if (meta) {
    const message = await writeLocalMeta(directory, meta);
    if (message !== undefined) onEvent?.({ phase: 'warning', message });
  }
  return { slot, basis, ...transferred, cleanedUp: await cleanUp(request) };
};
