import { patiently } from '../transport/patiently.ts';
import type { Slot, SlotTransport } from '../transport/slot-transport.ts';
import { assertStoragePath } from './check-input.ts';
import { transferEvents, type CallOptions } from './slot-events.ts';

/** Which slots to list. */
export interface ListRequest extends CallOptions {
  readonly transport: SlotTransport;
  /** The storage's directory. */
  readonly path: string;
}

/** Lists the slots where the storage has been waited for. */
export const listPatiently = async (request: ListRequest): Promise<readonly Slot[]> => {
  const { transport, path, onEvent, signal } = request;
  onEvent?.({ phase: 'list' });
  return patiently(async () => transport.list(path, signal), transferEvents(request));
};

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
  return listPatiently(request);
};
