/** Why the storage could not be used; the message is the cause. */
export class StorageError extends Error {
  /** What to do about it, as a phrase. */
  readonly cure: string;

  constructor(cause: string, cure: string) {
    super(cause);
    this.cure = cure;
  }
}
