import { expect, test } from 'vitest';
import {
  definePlugin,
  systemEffects,
  type Effects,
  type PluginHooks,
  type TapOptions,
} from '../src/index.ts';
import { leftBehind, makeRunner } from './stand-in-plugins.ts';

/** Longer than any test waits. */
const PATIENT: TapOptions = { deadlineMs: 3_600_000 };

const { clock } = systemEffects;

/** The limits that the core sets come at once; what it waits for between two collections does not. */
const hasty: Effects = {
  ...systemEffects,
  clock: {
    now: () => clock.now(),
    sleep: async (ms, signal) => clock.sleep(ms < 10_000 ? 1 : ms, signal),
  },
};

const stuck = async (): Promise<never> => new Promise(() => {});

const cases: readonly (readonly [string, (hooks: PluginHooks) => void])[] = [
  [
    'a collectMetrics that obeys its signal',
    ({ collectMetrics }) =>
      collectMetrics.tap(
        PATIENT,
        async (_config, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          }),
      ),
  ],
  ['a collectMetrics that obeys nothing', (hooks) => hooks.collectMetrics.tap(PATIENT, stuck)],
  ['an onMetrics', (hooks) => hooks.onMetrics.tap(PATIENT, stuck)],
  ['an onError', (hooks) => hooks.onError.tap(PATIENT, stuck)],
];

test.for(cases)('%s that hangs keeps no failing run from its releases', async ([, tap]) => {
  const plugin = definePlugin({
    name: 'hanging',
    setup({ hooks }) {
      tap(hooks);
      hooks.resolveNext.tap({ stage: 'early' }, () => {
        throw new Error('lost the runner');
      });
    },
  });
  const { runner, story } = makeRunner({ served: () => story.endByItself() }, [plugin()], hasty);
  const { exitCode, error } = await runner.run();
  expect(exitCode).toBe(70);
  expect(error?.message).toContain('lost the runner');
  expect(story.events).toContain('released the registration');
  expect(await leftBehind(story)).toEqual([]);
});

test('an onError that hangs holds no job back', async () => {
  const plugin = definePlugin({
    name: 'hanging',
    setup({ hooks }) {
      hooks.onError.tap(PATIENT, stuck);
      hooks.beforeJob.tap(async () => Promise.reject(new Error('broke')));
    },
  });
  const served: string[] = [];
  const { runner } = makeRunner(
    {
      served: (made) => {
        served.push('served');
        made.drain('the test');
      },
    },
    [plugin()],
    hasty,
  );
  expect(await runner.run()).toMatchObject({ exitCode: 0 });
  expect(served).toEqual(['served']);
});

test('what the close meets is told too', async () => {
  const told: string[] = [];
  const plugin = definePlugin({
    name: 'closing',
    setup({ hooks }) {
      hooks.closeRunner.tap(async () => Promise.reject(new Error('broke')));
      hooks.onError.tap(async ({ message }) => {
        await clock.sleep(5);
        told.push(message);
      });
    },
  });
  const { runner } = makeRunner({ served: (made) => made.drain('the test') }, [plugin()]);
  expect(await runner.run()).toMatchObject({ exitCode: 70 });
  expect(told).toEqual(['Plugin "closing" failed in hook "closeRunner": broke']);
});

test.each(['closeRunner', 'onError', 'collectMetrics', 'afterJob', 'onDrain'] as const)(
  'a tap of %s cannot ask for as long as it needs',
  async (name) => {
    const plugin = definePlugin({
      name: 'endless',
      setup: ({ hooks }) =>
        (hooks[name] as PluginHooks['onError']).tap({ deadlineMs: false }, stuck),
    });
    const { runner, story } = makeRunner({}, [plugin()]);
    const { error } = await runner.run();
    expect(error?.message).toBe(
      `Plugin "endless" failed in its setup: Plugin "endless" tapped hook "${name}" with deadlineMs false: ` +
        'it takes milliseconds, because the run waits for it',
    );
    expect(story.events).toEqual([]);
  },
);
