import { ANY_SLOT, BACKUP_SECONDS, normaliseId } from '../layout.ts';
import type { Slot } from '../transport/slot-transport.ts';

/** What is wanted of the slots of a storage. */
export interface Wish {
  /** Tried in order; `*` is the slot that fits best. */
  readonly slotIds: readonly string[];
  /** What the content should depend on, the most important first. */
  readonly hints: readonly string[];
  /** Whether a layer is wanted; it should belong to what was loaded before. */
  readonly isLayer: boolean;
  /** What was loaded before, the last first. */
  readonly history: readonly string[];
}

/** A slot, `empty` where any would do and there is none, or undefined where none has a wanted id. */
export type Choice = Slot | 'empty' | undefined;

/**
 * Leaves out what a clean-up may remove before it is loaded. The newest, which comes first, is none of that, however old it is: to list it
 * has made it young. The ages are the storage's: no clock of ours is asked.
 */
export const youngEnough = (slots: readonly Slot[], maxAgeSeconds: number): readonly Slot[] =>
  slots.filter(
    ({ ageSeconds }, index) => index === 0 || ageSeconds < maxAgeSeconds - BACKUP_SECONDS,
  );

/** A bit for each wanted hint, the leftmost most significant: strings of one length compare like numbers. */
const weightOf = ({ meta }: Slot, hints: readonly string[]): string =>
  hints.map((hint) => (meta?.hints.includes(hint) ? '1' : '0')).join('');

const bestByHints = (slots: readonly Slot[], hints: readonly string[]): Slot | undefined => {
  let [best] = slots;
  for (const slot of slots) {
    // The slots come newest first, so an equal one is older.
    if (best && weightOf(slot, hints) > weightOf(best, hints)) best = slot;
  }
  return best;
};

const bestLayer = (slots: readonly Slot[], history: readonly string[]): Slot | undefined => {
  for (const id of history) {
    const slot = slots.find((candidate) => candidate.id === id);
    if (slot) return slot;
  }
  return slots[0];
};

/** Chooses among the slots, which come newest first. */
export const chooseSlot = (slots: readonly Slot[], wish: Wish): Choice => {
  for (const id of wish.slotIds) {
    if (id === ANY_SLOT) {
      const best = wish.isLayer ? bestLayer(slots, wish.history) : bestByHints(slots, wish.hints);
      return best ?? 'empty';
    }
    const found = slots.find((slot) => slot.id === normaliseId(id));
    if (found) return found;
  }
  return undefined;
};
