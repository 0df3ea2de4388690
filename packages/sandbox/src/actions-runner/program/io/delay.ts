/** Resolves after `ms` milliseconds, or at once when `signal` aborts: a wait that a shutdown cuts short is no error. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    if (signal?.aborted) finish();
    else signal?.addEventListener('abort', finish);
  });
}

/** A random duration between `from` and `to` seconds, in milliseconds. */
export function randomSeconds(from: number, to: number): number {
  return (from + Math.random() * (to - from)) * 1000;
}
