import type { Slot, SlotTransport } from '../transport/slot-transport.ts';
import { assertStoragePath } from './check-input.ts';
import type { CallOptions } from './slot-events.ts';

/** Which slots to list. */
export interface ListRequest extends CallOptions {
  readonly transport: SlotTransport;
  /** The storage's directory. */
  readonly path: string;
}

/**
 * Lists the slots, newest first, whatever their age.
 *
 * @throws StorageError when the storage cannot be used.
 */
export const listSlots = async (request: ListRequest): Promise<readonly Slot[]> => {
  const { transport, path, onEvent, signal } = request;
  assertStoragePath(path);
  onEvent?.({ phase: 'connect' });
  await transport.connect(signal);
  onEvent?.({ phase: 'list' });
  return transport.list(path, signal);
};
