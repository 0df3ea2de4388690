import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DEFAULT_MAX_AGE_SECONDS } from '../layout.ts';
import { startProcess, type StartProcess } from '../processes/start-process.ts';
import { EMPTY_META, withHints, withSlot } from '../slot-meta.ts';
import { StorageError } from '../storage-error.ts';
import { patiently } from '../transport/patiently.ts';
import type { Selection, Slot, SlotTransport, Transferred } from '../transport/slot-transport.ts';
import { assertSeconds, assertSlotIds, assertStoragePath } from './check-input.ts';
import { chooseSlot, youngEnough, type Choice } from './choose-slot.ts';
import { emptyDirectory } from './empty-directory.ts';
import { listPatiently } from './list-slots.ts';
import { readLocalMeta, writeLocalMeta } from './local-meta.ts';
import { transferEvents, type CallOptions } from './slot-events.ts';

/** What to load, and where to. */
export interface LoadRequest extends CallOptions, Selection {
  readonly transport: SlotTransport;
  /** The storage's directory, which holds the slots. */
  readonly path: string;
  /** Tried in order; `*` is the slot that fits best. */
  readonly slotIds: readonly string[];
  /** The local directory; made when it is not there. */
  readonly directory: string;
  /** Slots that reach this age within a minute are not seen, except for the newest. @default 1800 */
  readonly maxAgeSeconds?: number;
  /** What `*` goes by, the most important first; remembered for the next store. @default none */
  readonly hints?: readonly string[];
  /** What empties the directory where there is no slot. @default as this process's own user */
  readonly start?: StartProcess;
}

/**
 * What a load has done: the directory holds a slot; or it is empty, because any slot would have done and there is none; or nothing,
 * because there is no layer.
 */
export type LoadResult =
  | ({ readonly outcome: 'loaded'; readonly slot: string } & Transferred)
  | { readonly outcome: 'emptied' | 'nothing' };

/** Each attempt chooses anew, so that more of them mean a storage that loses one slot after the other. */
const ATTEMPTS = 5;

const makeDirectory = async (directory: string): Promise<void> => {
  try {
    await mkdir(directory, { recursive: true });
  } catch (cause) {
    throw new StorageError(
      `${directory} cannot be made (${(cause as Error).message})`,
      'name a directory that the current user can make or write to',
      'invalid-input',
    );
  }
};

const notFound = ({ transport, path, slotIds }: LoadRequest, hidden: number): StorageError =>
  new StorageError(
    `${transport.place} has none of the slots ${slotIds.join(', ')} in ${path}` +
      (hidden === 0 ? '' : `; ${hidden} ${hidden === 1 ? 'other is' : 'others are'} too old`),
    'run the job again that stores it, because clean-ups remove old slots; or load * as well',
    'slot-not-found',
  );

const choose = async (request: LoadRequest): Promise<Choice> => {
  const { directory, slotIds, hints = [], layer = [] } = request;
  const all = await listPatiently(request);
  const slots = youngEnough(all, request.maxAgeSeconds ?? DEFAULT_MAX_AGE_SECONDS);
  const isLayer = layer.length > 0;
  const history = isLayer ? (await readLocalMeta(directory)).history : [];
  const choice = chooseSlot(slots, { slotIds, hints, isLayer, history });
  if (choice === undefined) throw notFound(request, all.length - slots.length);
  return choice;
};

const remember = async (
  { directory, hints = [], onEvent }: LoadRequest,
  slot: Slot | undefined,
): Promise<void> => {
  const meta = slot ? withSlot(slot.id, slot.meta ?? EMPTY_META) : EMPTY_META;
  const message = await writeLocalMeta(directory, withHints(meta, hints));
  if (message !== undefined) onEvent?.({ phase: 'warning', message });
};

const loadNothing = async (request: LoadRequest): Promise<LoadResult> => {
  const { directory, layer = [], exclude = [], start = startProcess, signal } = request;
  if (layer.length > 0) return { outcome: 'nothing' };
  await emptyDirectory(start, resolve(directory), exclude, signal);
  await remember(request, undefined);
  return { outcome: 'emptied' };
};

const loadChosen = async (request: LoadRequest, slot: Slot): Promise<LoadResult> => {
  const { transport, path, directory, exclude = [], layer = [], onEvent } = request;
  onEvent?.({ phase: 'choose', slot: slot.id });
  const events = transferEvents(request);
  const order = { path, slot, directory: resolve(directory), exclude, layer, ...events };
  const transferred = await patiently(async () => transport.load(order), events);
  if (layer.length === 0) await remember(request, slot);
  return { outcome: 'loaded', slot: slot.id, ...transferred };
};

/**
 * Makes a local directory equal to a slot, or brings a layer into it. A slot that is removed while it is loaded is left for
 * another one.
 *
 * @throws StorageError `slot-not-found` when the storage has none of the slots; otherwise when the storage or the directory
 *   cannot be used: the directory may hold a part then, and the next load goes on from there.
 */
export const loadSlot = async (request: LoadRequest): Promise<LoadResult> => {
  const { transport, onEvent, signal } = request;
  assertStoragePath(request.path);
  assertSlotIds(request.slotIds);
  assertSeconds('the highest age', request.maxAgeSeconds ?? DEFAULT_MAX_AGE_SECONDS);
  await makeDirectory(request.directory);
  onEvent?.({ phase: 'connect' });
  await transport.connect(signal);
  for (let attempt = 1; ; attempt += 1) {
    const choice = await choose(request);
    if (choice === undefined || choice === 'empty') return loadNothing(request);
    try {
      return await loadChosen(request, choice);
    } catch (error) {
      const gone = error instanceof StorageError && error.code === 'slot-gone';
      if (!gone || attempt === ATTEMPTS) throw error;
      onEvent?.({ phase: 'warning', message: `${error.message}; loading again` });
    }
  }
};
