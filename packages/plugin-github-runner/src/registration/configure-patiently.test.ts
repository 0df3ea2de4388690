import { RunnerError, type Logger } from '@ci-runner/core';
import { expect, it } from 'vitest';
import { simulatedClock } from '../../tests/simulated-clock.ts';
import { configurePatiently } from './configure-patiently.ts';
import { RateLimitedError } from './rate-limited-error.ts';

const quiet: Logger = { info: () => {}, warn: () => {}, error: () => {}, child: () => quiet };
const lost = new RunnerError('SERVICE_UNAVAILABLE', 'config.sh ended with code 1: reset');

const attempt = async (outcomes: (Error | undefined)[], undone: boolean[] = []) => {
  const clock = simulatedClock();
  const calls: string[] = [];
  const end = 7 * 60_000;
  const error: unknown = await configurePatiently({
    configure: async () => {
      calls.push('configure');
      const outcome = outcomes.length > 1 ? outcomes.shift() : outcomes[0];
      if (outcome) throw outcome;
    },
    undo: async () => {
      calls.push('undo');
      return undone.shift() ?? true;
    },
    clock,
    log: quiet,
    signal: new AbortController().signal,
    end,
  }).catch((thrown: unknown) => thrown);
  return { error, calls, slept: clock.slept, left: end - clock.now() };
};

it('removes what a lost attempt left before it tries again', async () => {
  const { error, calls } = await attempt([lost, undefined]);
  expect(error).toBeUndefined();
  expect(calls).toEqual(['configure', 'undo', 'configure']);
});

it('tries no registration over one whose removal is not confirmed, and asks no sooner than the removal did', async () => {
  const { error, calls } = await attempt([lost, undefined], [false]);
  expect(error).toBe(lost);
  expect(calls).toEqual(['configure', 'undo']);
});

it('does not repeat what another attempt would not mend', async () => {
  const failed = new RunnerError('PROCESS_FAILED', 'config.sh ended with code 1: 404');
  expect(await attempt([failed])).toMatchObject({ error: failed, calls: ['configure'] });
});

it('ends as unavailable when GitHub stays away until the limit', async () => {
  const { error, left, calls } = await attempt([lost]);
  expect(error).toBe(lost);
  expect(calls.length).toBeGreaterThan(20);
  expect(left).toBeGreaterThanOrEqual(0);
  expect(left).toBeLessThan(30_000);
});

it('waits for a minute at least after a limit, spreads its return, and waits longer each time', async () => {
  const limited = new RateLimitedError('config.sh ended with code 1: 429');
  const once = await attempt([limited, undefined]);
  expect(once).toMatchObject({ error: undefined, calls: ['configure', 'undo', 'configure'] });
  const waits = await Promise.all(
    Array.from({ length: 40 }, async () => (await attempt([limited, undefined])).slept[0] ?? 0),
  );
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(60_000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(360_000);
  expect(Math.max(...waits)).toBeGreaterThan(120_000);
  expect((await attempt([limited])).calls.length).toBeLessThan(8);
});
