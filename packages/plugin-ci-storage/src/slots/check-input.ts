import { ANY_SLOT } from '../layout.ts';
import { StorageError } from '../storage-error.ts';

const invalid = (cause: string, cure: string): StorageError =>
  new StorageError(cause, cure, 'invalid-input');

/**
 * Clean-ups remove directories: in one that holds other things than slots they would remove those.
 *
 * @throws StorageError `invalid-input`.
 */
export const assertStoragePath = (path: string): void => {
  if (!/^[./]*$/.test(path)) return;
  throw invalid(
    `the storage's directory is ${JSON.stringify(path)}, which holds other things than slots`,
    'name a directory of its own, such as ~/ci-storage',
  );
};

/** @throws StorageError `invalid-input`. */
export const assertSeconds = (name: string, value: number): void => {
  if (Number.isInteger(value) && value >= 0) return;
  throw invalid(`${name} is ${value}`, 'give it a whole number that is not below 0');
};

/** @throws StorageError `invalid-input` when there is none. */
export const assertSlotIds = (slotIds: readonly string[]): void => {
  if (slotIds.some((id) => id !== '') && !slotIds.includes('')) return;
  throw invalid('no slot is named', 'name at least one slot id, or * for the one that fits best');
};

/** @throws StorageError `invalid-input` when it is no id that can be stored under. */
export const assertStorable = (slotId: string): void => {
  if (slotId !== ANY_SLOT && slotId !== '') return;
  throw invalid(
    `a slot cannot be stored under the id ${JSON.stringify(slotId)}`,
    'name exactly one slot id',
  );
};
