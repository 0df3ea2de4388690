/**
 * What kind of failure it is: `invalid-input` was asked for in a form that nothing can be done with, `slot-not-found` has no
 * slot that was asked for, `slot-gone` lost it while it was loaded, `interrupted` had no connection or lost it, `failed` is everything else.
 */
export type StorageErrorCode =
  | 'invalid-input'
  | 'slot-not-found'
  | 'slot-gone'
  | 'interrupted'
  | 'failed';

/** Why the storage could not be used; the message is the cause. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  /** What to do about it, as a phrase. */
  readonly cure: string;
  readonly code: StorageErrorCode;

  constructor(cause: string, cure: string, code: StorageErrorCode = 'failed') {
    super(cause);
    this.cure = cure;
    this.code = code;
  }
}
