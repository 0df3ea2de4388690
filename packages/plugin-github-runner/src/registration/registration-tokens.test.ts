import type { Logger } from '@ci-runner/core';
import { expect, it } from 'vitest';
import { simulatedClock } from '../../tests/simulated-clock.ts';
import { createRegistrationTokens, givenRegistrationToken } from './registration-tokens.ts';

const quiet: Logger = { info: () => {}, warn: () => {}, error: () => {}, child: () => quiet };
const HOUR = 3_600_000;

const start = (lifetimeMs = HOUR) => {
  const clock = simulatedClock();
  const patience = { clock, log: quiet, end: HOUR };
  let drawn = 0;
  const tokens = createRegistrationTokens(async () => {
    drawn += 1;
    return { token: `token ${drawn}`, expiresAt: clock.now() + lifetimeMs };
  });
  return { clock, tokens, get: async () => tokens.get(patience) };
};

it('gives the same token as long as config.sh can use it', async () => {
  const { clock, get } = start();
  expect(await get()).toBe('token 1');
  await clock.sleep(49 * 60_000);
  expect(await get()).toBe('token 1');
  await clock.sleep(2 * 60_000);
  expect(await get()).toBe('token 2');
});

it('gives no token twice whose end is unknown', async () => {
  const { get } = start(Number.NaN);
  expect([await get(), await get()]).toEqual(['token 1', 'token 2']);
});

it('replaces a refused token that was used before, and no fresh one', async () => {
  const { tokens, get } = start();
  const token = await get();
  expect(tokens.refuse(token)).toBe(false);
  expect(await get()).toBe(token);
  expect(tokens.refuse('another')).toBe(false);
  expect(tokens.refuse(token)).toBe(true);
  expect(await get()).toBe('token 2');
});

it('has nothing but the token that was given', async () => {
  const tokens = givenRegistrationToken('A1');
  const { clock } = start();
  expect(await tokens.get({ clock, log: quiet, end: 0 })).toBe('A1');
  expect(tokens.refuse('A1')).toBe(false);
});
