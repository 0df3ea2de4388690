/** Why and whether a job is being cancelled. The runner's stop overrides a user's wish. */
export class Cancellation {
  readonly #user = new AbortController();
  readonly #shutdown = new AbortController();

  /** Aborts when a user cancels the job. */
  get byUser(): AbortSignal {
    return this.#user.signal;
  }

  /** Aborts when the runner stops. */
  get byShutdown(): AbortSignal {
    return this.#shutdown.signal;
  }

  cancel(): void {
    this.#user.abort();
  }

  shutDown(): void {
    this.#shutdown.abort();
  }
}
