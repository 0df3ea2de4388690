import { describe, expect, test } from 'vitest';
import { testCaller } from '../../tests/test-caller.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import type { Clock } from '../effects/clock.ts';
import type { RunnerError } from '../errors/runner-error.ts';
import type { Handler } from '../hooks/guard.ts';
import { createLifecycleHooks, type LifecycleHooks } from '../hooks/lifecycle-hooks.ts';
import { collectPeriodically } from './collect-periodically.ts';
import type { Sample } from './sample.ts';

const sample = (value: number): Sample => ({
  name: 'Alive',
  value,
  unit: 'Count',
  at: 0,
  scope: 'runner',
});

/** A clock whose sleeps end when the test says so. */
const manualClock = () => {
  const slept: number[] = [];
  let wake = Promise.withResolvers<void>();
  let asleep = Promise.withResolvers<void>();
  const clock: Clock = {
    now: () => 0,
    sleep: async (ms, signal) => {
      slept.push(ms);
      asleep.resolve();
      const aborted = Promise.withResolvers<never>();
      signal?.addEventListener('abort', () => aborted.reject(signal.reason));
      signal?.throwIfAborted();
      await Promise.race([wake.promise, aborted.promise]);
    },
  };
  return {
    clock,
    slept,
    /** Resolves when somebody sleeps. */
    untilAsleep: async () => asleep.promise,
    tick: () => {
      const { resolve } = wake;
      wake = Promise.withResolvers<void>();
      asleep = Promise.withResolvers<void>();
      resolve();
    },
  };
};

/** Goes on until it is told to stop. */
const obedient: Handler<unknown, never> = async (_payload, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
    if (signal.aborted) reject(signal.reason);
  });

/** A measurement whose first call goes on until it is told to stop. */
const slowAtFirst = (hooks: LifecycleHooks, later: readonly Sample[]) => {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const slow = { begun, calls: 0 };
  hooks.collectMetrics.forPlugin('slow').tap(async (config, context) => {
    slow.calls += 1;
    begin();
    return slow.calls === 1 ? obedient(config, context) : later;
  });
  return slow;
};

const start = (
  hooks: LifecycleHooks,
  own: () => readonly Sample[] = () => [],
  environment: Readonly<Record<string, string>> = {},
) => {
  const { clock, ...hands } = manualClock();
  const errors: RunnerError[] = [];
  const { promise: booted, resolve: boot } = Promise.withResolvers<void>();
  const stop = collectPeriodically({
    hooks,
    config: resolveConfig({}, environment).config,
    callerFor: (signal) => testCaller({ signal }),
    clock,
    booted,
    own,
    report: (met) => void errors.push(...met),
  });
  return { ...hands, errors, stop, boot };
};

test('samples go to the sinks after 60 s, every 60 s, and once more at the end', async () => {
  const hooks = createLifecycleHooks();
  let count = 0;
  const published: number[] = [];
  hooks.collectMetrics.forPlugin('a').tap(() => [sample((count += 1))]);
  hooks.collectMetrics.forPlugin('b').tap(() => [sample(100)]);
  hooks.onMetrics
    .forPlugin('sink')
    .tap((samples) => void published.push(...samples.map(({ value }) => value)));
  const { untilAsleep, tick, slept, stop, errors } = start(hooks);
  await untilAsleep();
  expect(published).toEqual([]);
  tick();
  await untilAsleep();
  expect(published).toEqual([1, 100]);
  tick();
  await untilAsleep();
  expect(published).toEqual([1, 100, 2, 100]);
  expect(slept).toEqual([60_000, 60_000, 60_000]);
  await stop();
  expect(published).toEqual([1, 100, 2, 100, 3, 100]);
  expect(errors).toEqual([]);
});

test('samples go to the sinks as soon as the boot is over', async () => {
  const hooks = createLifecycleHooks();
  const { promise: published, resolve: publish } = Promise.withResolvers<readonly Sample[]>();
  hooks.collectMetrics.forPlugin('a').tap(() => [sample(1)]);
  hooks.onMetrics.forPlugin('sink').tap(publish);
  const { untilAsleep, stop, boot } = start(hooks);
  await untilAsleep();
  boot();
  expect(await published).toEqual([sample(1)]);
  await stop();
});

test('the period can be another one', async () => {
  const variables = { CI_RUNNER_METRICS_SEC: '10' };
  const { untilAsleep, slept, stop } = start(createLifecycleHooks(), undefined, variables);
  await untilAsleep();
  expect(slept).toEqual([10_000]);
  await stop();
});

test('failures of both sides are reported, and nothing stops', async () => {
  const hooks = createLifecycleHooks();
  hooks.collectMetrics.forPlugin('bad').tap(() => {
    throw new Error('broke');
  });
  hooks.collectMetrics.forPlugin('good').tap(() => [sample(1)]);
  hooks.onMetrics.forPlugin('sink').tap(async () => Promise.reject(new Error('full')));
  const { untilAsleep, tick, stop, errors } = start(hooks);
  await untilAsleep();
  tick();
  await untilAsleep();
  expect(errors.map(({ plugin }) => plugin)).toEqual(['bad', 'sink']);
  await stop();
  expect(errors.map(({ plugin }) => plugin)).toEqual(['bad', 'sink', 'bad', 'sink']);
});

describe('at the end', () => {
  test('a collection under way is told to stop, which is no failure', async () => {
    const hooks = createLifecycleHooks();
    const slow = slowAtFirst(hooks, []);
    const { stop, errors, boot } = start(hooks);
    boot();
    await slow.begun;
    await stop();
    expect(slow.calls).toBe(2);
    expect(errors).toEqual([]);
  });

  test.each(['collectMetrics', 'onMetrics'] as const)(
    'the last %s is given up after 3 s, which is told',
    async (name) => {
      const hooks = createLifecycleHooks();
      const begun = Promise.withResolvers<void>();
      let calls = 0;
      hooks.collectMetrics.forPlugin('good').tap(() => [sample(1)]);
      (hooks[name] as typeof hooks.collectMetrics).forPlugin('stuck').tap(async (...given) => {
        calls += 1;
        if (calls === 1) return [];
        begun.resolve();
        return obedient(...given);
      });
      const { untilAsleep, tick, slept, stop, errors } = start(hooks);
      await untilAsleep();
      tick();
      await untilAsleep();
      const stopped = stop();
      await begun.promise;
      tick();
      await stopped;
      expect(slept.at(-1)).toBe(3_000);
      expect(errors.map(({ plugin, hook }) => [plugin, hook])).toEqual([['stuck', name]]);
    },
  );
});

test('the own samples come first, and are taken only when a sink gets them', async () => {
  const hooks = createLifecycleHooks();
  let taken = 0;
  const published: string[] = [];
  const slow = slowAtFirst(hooks, [sample(1)]);
  hooks.onMetrics
    .forPlugin('sink')
    .tap((samples) => void published.push(...samples.map(({ name }) => name)));
  const { stop, boot } = start(hooks, () => {
    taken += 1;
    return [{ ...sample(taken), name: 'Own' }];
  });
  boot();
  await slow.begun;
  await stop();
  expect(taken).toBe(1);
  expect(published).toEqual(['Own', 'Alive']);
});

test('sinks are not called with nothing', async () => {
  const hooks = createLifecycleHooks();
  let called = false;
  hooks.collectMetrics.forPlugin('idle').tap(() => []);
  hooks.onMetrics.forPlugin('sink').tap(() => {
    called = true;
  });
  const { stop } = start(hooks);
  await stop();
  expect(called).toBe(false);
});
