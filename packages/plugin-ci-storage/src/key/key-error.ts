/** Why a private key cannot be used; the message is a phrase that follows its name. */
export class KeyError extends Error {
  /** What to do about it, as a phrase. */
  readonly cure: string;

  constructor(phrase: string, cure: string) {
    super(phrase);
    this.cure = cure;
  }
}
