import { expect, test } from 'vitest';
import { systemClock } from './clock.ts';

test('sleeps', async () => {
  const before = systemClock.now();
  await systemClock.sleep(20);
  // Timers and the wall clock are rounded differently.
  expect(systemClock.now() - before).toBeGreaterThanOrEqual(18);
});

test('a sleep ends when its signal aborts, and says why', async () => {
  const controller = new AbortController();
  const sleeping = systemClock.sleep(600_000, controller.signal);
  const reason = new Error('draining');
  controller.abort(reason);
  await expect(sleeping).rejects.toMatchObject({ name: 'AbortError', cause: reason });
});

test('a sleep does not begin when its signal has aborted already', async () => {
  await expect(systemClock.sleep(600_000, AbortSignal.abort())).rejects.toThrow('aborted');
});
