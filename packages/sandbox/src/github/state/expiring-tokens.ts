/** Tokens, what each of them grants, and until when. */
export class ExpiringTokens<Grant> {
  readonly #now: () => number;
  readonly #issued = new Map<string, { grant: Grant; expiresAt: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Makes `token` grant something until `expiresAt`, in milliseconds since the epoch. */
  issue(token: string, grant: Grant, expiresAt: number): void {
    for (const [old, issued] of this.#issued) {
      if (issued.expiresAt <= this.#now()) this.#issued.delete(old);
    }
    this.#issued.set(token, { grant, expiresAt });
  }

  find(token: string): { grant: Grant; expiresAt: number } | undefined {
    const issued = this.#issued.get(token);
    return issued !== undefined && issued.expiresAt > this.#now() ? issued : undefined;
  }
}
