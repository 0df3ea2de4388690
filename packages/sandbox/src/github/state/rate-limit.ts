const windowMs = 60 * 60 * 1000;

/** The primary rate limit's account: counted, not enforced. */
export class RateLimit {
  readonly limit: number = 5000;
  readonly #now: () => number;
  #used = 0;
  #resetsAt = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  count(): void {
    this.#open();
    this.#used = Math.min(this.#used + 1, this.limit);
  }

  /** The account; `reset` in seconds since the epoch. */
  read(): { used: number; remaining: number; reset: number } {
    this.#open();
    return {
      used: this.#used,
      remaining: this.limit - this.#used,
      reset: Math.ceil(this.#resetsAt / 1000),
    };
  }

  #open(): void {
    if (this.#now() < this.#resetsAt) return;
    this.#used = 0;
    this.#resetsAt = this.#now() + windowMs;
  }
}
