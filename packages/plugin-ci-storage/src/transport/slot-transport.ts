import type { SlotMeta } from '../slot-meta.ts';

/** A directory's content as somebody stored it. */
export interface Slot {
  readonly id: string;
  /** By the storage's own clock. */
  readonly ageSeconds: number;
  /** Undefined where none was stored, as with layers. */
  readonly meta: SlotMeta | undefined;
  /** Another one when something else has been stored under the same id. */
  readonly generation: string;
}

/** How far a transfer is. */
export interface Progress {
  /** Of the bytes to send, 0 to 100; undefined where nobody knows how many there are. */
  readonly percent: number | undefined;
  /** Sent so far; undefined where they are not counted one by one. */
  readonly files: number | undefined;
  /** Sent so far, as they are on disk. */
  readonly bytes: number;
}

/** What a transfer has sent. */
export interface Transferred extends Pick<Progress, 'bytes'> {
  readonly files: number;
}

/** Which files of a directory travel. */
export interface Selection {
  /** Patterns as rsync has them; what they match neither travels nor is deleted. @default none */
  readonly exclude?: readonly string[];
  /** Patterns as rsync has them; when there are any, only what they match travels, and a load deletes nothing. @default none */
  readonly layer?: readonly string[];
}

interface Transfer extends Selection {
  /** The slot's directory in the storage is `{path}/{id}`. */
  readonly path: string;
  /** The local directory. */
  readonly directory: string;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Gets what is sent or deleted, one by one, as `rsync --itemize-changes` words it. */
  readonly onFile?: ((change: string) => void) | undefined;
  /** Gets why the connection broke, before it is made again. */
  readonly onRetry?: ((why: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A load to be done. */
export interface LoadOrder extends Transfer {
  readonly slot: Pick<Slot, 'id' | 'generation'>;
}

/** A store to be done. */
export interface StoreOrder extends Transfer {
  readonly id: string;
  /** The slot that is most like the directory: what is the same in it takes no space and is not sent. */
  readonly basis: string | undefined;
  /** Stored with the slot; undefined for a layer. */
  readonly meta: SlotMeta | undefined;
}

/** A clean-up to be done. */
export interface CleanUpOrder {
  readonly path: string;
  /** Slots older than this are removed, but for the kept ones. */
  readonly maxAgeSeconds: number;
  /** For how many first hints the newest slot is kept, whatever its age. */
  readonly keepHintSlots: number;
  /** Whether what is removed may still be there when the promise resolves. */
  readonly background: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What a clean-up has done. */
export interface CleanedUp {
  /** Whether nothing was done because another clean-up is under way. */
  readonly busy: boolean;
  /** The names of the removed directories, as they were before. */
  readonly removed: readonly string[];
  /** How many slots are left. */
  readonly kept: number;
}

/** A way to a storage. Each method throws StorageError with cause and cure when the storage cannot be used. */
export interface SlotTransport {
  readonly name: 'ssh' | 'local';
  /** Where the storage is, for people. */
  readonly place: string;
  /** Waits until the storage answers; `onWait` gets why it does not at once. */
  connect(signal?: AbortSignal, onWait?: (why: string) => void): Promise<void>;
  /** The slots in the storage's directory `path`, newest first. Makes the directory and keeps the newest slot young. */
  list(path: string, signal?: AbortSignal): Promise<readonly Slot[]>;
  /**
   * Makes the directory equal to the slot.
   *
   * @throws StorageError `slot-gone` when the slot was removed or replaced meanwhile: the directory holds a mixture then.
   */
  load(order: LoadOrder): Promise<Transferred>;
  /** Stores the directory as a slot, going on where the connection breaks, in the place of an older one with the same id; it appears whole or not at all. */
  store(order: StoreOrder): Promise<Transferred>;
  cleanUp(order: CleanUpOrder): Promise<CleanedUp>;
}
