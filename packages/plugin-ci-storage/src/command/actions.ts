import { cleanUpSlots } from '../slots/clean-up-slots.ts';
import { listSlots } from '../slots/list-slots.ts';
import { loadSlot, type LoadResult } from '../slots/load-slot.ts';
import type { CallOptions } from '../slots/slot-events.ts';
import { storeSlot } from '../slots/store-slot.ts';
import type { Slot } from '../transport/slot-transport.ts';
import { bytesInWords, filesInWords, secondsInWords } from './amounts.ts';
import type { Action } from './command-line.ts';
import { printable } from './printable.ts';
import type { Settings } from './settings.ts';

/** What an action has done. */
export interface Outcome {
  /** For programs. */
  readonly result: Readonly<Record<string, unknown>>;
  /** For people: whole lines. */
  readonly text: string;
}

const since = (startedAt: number): string =>
  `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;

const loadedText = (
  loaded: LoadResult,
  { directory, transport }: Settings,
  took: string,
): string => {
  if (loaded.outcome === 'loaded') {
    const { slot, files, bytes } = loaded;
    return `slot ${slot} is loaded into ${directory}: ${filesInWords(files)}, ${bytesInWords(bytes)} sent in ${took}`;
  }
  return loaded.outcome === 'emptied'
    ? `${transport.place} has no slot: ${directory} is emptied`
    : `${transport.place} has no layer: nothing is done`;
};

const load = async (settings: Settings, options: CallOptions): Promise<Outcome> => {
  const startedAt = performance.now();
  const loaded = await loadSlot({ ...settings, ...options });
  return { result: { ...loaded }, text: `${loadedText(loaded, settings, since(startedAt))}\n` };
};

const store = async (settings: Settings, options: CallOptions): Promise<Outcome> => {
  const startedAt = performance.now();
  const [slotId = ''] = settings.slotIds;
  const stored = await storeSlot({ ...settings, slotId, ...options });
  const { slot, basis, files, bytes } = stored;
  const rest = basis === undefined ? '' : `, the rest is shared with slot ${basis}`;
  const text = `${settings.directory} is stored as slot ${slot}: ${filesInWords(files)}, ${bytesInWords(bytes)} sent in ${since(startedAt)}${rest}\n`;
  return { result: { ...stored }, text };
};

const ageOf = ({ ageSeconds }: Slot): string => secondsInWords(ageSeconds);

const list = async (settings: Settings, options: CallOptions): Promise<Outcome> => {
  const slots = await listSlots({ ...settings, ...options });
  const width = Math.max(4, ...slots.map(({ id }) => id.length));
  const lines = slots.map((slot) =>
    `${slot.id.padEnd(width)}  ${ageOf(slot).padEnd(12)}  ${printable(slot.meta?.hints.join(' ') ?? '(a layer)')}`.trimEnd(),
  );
  const head = `${'SLOT'.padEnd(width)}  ${'AGE'.padEnd(12)}  HINTS`;
  return {
    result: {
      slots: slots.map(({ id, ageSeconds, meta }) => ({
        id,
        ageSeconds,
        ...(meta ? { history: meta.history, hints: meta.hints } : {}),
      })),
    },
    text: slots.length === 0 ? 'no slots\n' : `${[head, ...lines].join('\n')}\n`,
  };
};

const clean = async (settings: Settings, options: CallOptions): Promise<Outcome> => {
  const cleaned = await cleanUpSlots({ ...settings, ...options });
  const removed = cleaned.removed.map((name) => `removed ${name}\n`).join('');
  const summary = cleaned.busy
    ? 'another clean-up is under way: nothing is done\n'
    : `${cleaned.kept} ${cleaned.kept === 1 ? 'slot is' : 'slots are'} kept\n`;
  return { result: { ...cleaned }, text: `${removed}${summary}` };
};

/** What each action does. */
export const ACTIONS: Readonly<
  Record<Action, (settings: Settings, options: CallOptions) => Promise<Outcome>>
> = { load, store, list, clean };
