import type { SlotMeta } from '../slot-meta.ts';

/** A directory's content as somebody stored it. */
export interface Slot {
  readonly id: string;
  readonly meta: SlotMeta;
}

/** How far a load is. */
export interface Progress {
  /** Of the bytes to send, 0 to 100. */
  readonly percent: number;
  /** Sent so far. */
  readonly files: number;
  /** Sent so far, as they are on disk. */
  readonly bytes: number;
}

/** What a load has sent. */
export type Transferred = Omit<Progress, 'percent'>;

/** A way to a storage. Each method throws StorageError with cause and cure when the storage cannot be used. */
export interface SlotTransport {
  readonly name: 'ssh' | 'local';
  /** Where the storage is, for people. */
  readonly place: string;
  /** Waits until the storage answers. */
  connect(): Promise<void>;
  /** The newest slot in the storage's directory `path`, whatever its age; undefined when there is none. */
  newestSlot(path: string): Promise<Slot | undefined>;
  /** Makes `directory` equal to the slot `id` of the storage's directory `path`. */
  load(
    path: string,
    id: string,
    directory: string,
    onProgress: (progress: Progress) => void,
  ): Promise<Transferred>;
}
