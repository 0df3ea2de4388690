export { expandHints } from './hints/expand-hints.ts';
export {
  startProcess,
  type ProcessRequest,
  type StartedProcess,
  type StartProcess,
} from './processes/start-process.ts';
export { cleanUpSlots, type CleanUpRequest } from './slots/clean-up-slots.ts';
export { listSlots, type ListRequest } from './slots/list-slots.ts';
export { loadSlot, type LoadRequest, type LoadResult } from './slots/load-slot.ts';
export type { CallOptions, SlotEvent } from './slots/slot-events.ts';
export { storeSlot, type StoreRequest, type StoreResult } from './slots/store-slot.ts';
export type { SlotMeta } from './slot-meta.ts';
export { StorageError, type StorageErrorCode } from './storage-error.ts';
export { createLocalTransport, type LocalStorage } from './transport/local-transport.ts';
export type * from './transport/slot-transport.ts';
export {
  createSshTransport,
  type SshIdentity,
  type SshStorage,
} from './transport/ssh-transport.ts';
