let timeScale = 1;

/** Sets the factor of every wait of this process. */
export function scaleTime(factor: number): void {
  timeScale = factor;
}

/** A wait of `ms` milliseconds in this process's time. */
export function scaled(ms: number): number {
  return ms * timeScale;
}

/** Resolves after `ms` milliseconds, or at once when `signal` aborts: a wait that a shutdown cuts short is no error. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, scaled(ms));
    if (signal?.aborted) finish();
    else signal?.addEventListener('abort', finish);
  });
}

/** A signal that aborts after `ms` milliseconds. */
export function limit(ms: number): AbortSignal {
  return AbortSignal.timeout(scaled(ms));
}

/** Never resolves, and keeps the process alive. */
export function hang(): Promise<never> {
  return new Promise(() => {
    setInterval(() => {}, 2 ** 30);
  });
}

/** A random duration between `from` and `to` seconds, in milliseconds. */
export function randomSeconds(from: number, to: number): number {
  return (from + Math.random() * (to - from)) * 1000;
}
