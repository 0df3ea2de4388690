import { expect, test } from 'vitest';
import { definePlugin, type Plugin, type Runner } from '../src/index.ts';
import { createLifecycleHooks, type LifecycleHooks } from '../src/hooks/lifecycle-hooks.ts';
import type { HookKind } from '../src/hooks/hook.ts';
import { leftBehind, makeRunner, type Moments, type Story } from './stand-in-plugins.ts';

type HookName = keyof LifecycleHooks;

const HOOKS = createLifecycleHooks();
const NAMES = Object.keys(HOOKS) as HookName[];

/** What a failure in a hook of this kind makes the run exit with. */
const EXIT_CODES: Readonly<Record<HookKind, number>> = {
  modify: 70,
  resolve: 70,
  verify: 78,
  prepare: 70,
  before: 0,
  after: 0,
  // The run itself went well, but something may be left behind.
  close: 70,
  on: 0,
  collect: 0,
};

/** A machine whose identity is not known runs jobs as well as any other. */
const exitCodeOf = (name: HookName): number =>
  name === 'resolveIdentity' ? 0 : EXIT_CODES[HOOKS[name].kind];

/** How a tap goes wrong, and what is said of it. */
const WAYS: Readonly<Record<string, readonly [misbehave: () => unknown, said: string]>> = {
  'throws synchronously': [
    () => {
      throw new Error('broke');
    },
    'failed in hook "HOOK": broke',
  ],
  'rejects at once': [
    async () => Promise.reject(new Error('broke')),
    'failed in hook "HOOK": broke',
  ],
  'rejects after a while': [
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error('broke');
    },
    'failed in hook "HOOK": broke',
  ],
  'throws undefined': [
    () => {
      throw undefined; // oxlint-disable-line only-throw-error -- what a plugin in plain JavaScript may do
    },
    'failed in hook "HOOK": threw undefined',
  ],
  'never settles': [
    async () => new Promise(() => {}),
    'did not end in hook "HOOK" within its deadline of 20 ms',
  ],
};

/** Stands for any plugin: it can tap every hook. */
interface AnyTappable {
  tap(options: { stage: 'early'; deadlineMs: number }, handler: () => unknown): void;
}

const breaking = (
  name: HookName,
  misbehave: () => unknown,
  deadlineMs: number,
): { plugin: Plugin; calls: () => number } => {
  let calls = 0;
  const plugin = definePlugin({
    name: 'breaking',
    early: name === 'modifyEnvironment',
    setup({ hooks }) {
      const hook = hooks[name] as unknown as AnyTappable;
      hook.tap({ stage: 'early', deadlineMs }, () => {
        calls += 1;
        return misbehave();
      });
    },
  });
  return { plugin: plugin(), calls: () => calls };
};

/** Gives onError something to be told. */
const complaining = definePlugin({
  name: 'complaining',
  setup: ({ hooks }) => hooks.onIdle.tap(() => Promise.reject(new Error('is never content'))),
});

/** The status is the one thing that nobody asks for unless somebody watches the runner. */
const watchAndDrain = async (runner: Runner): Promise<boolean> => {
  await runner.status();
  return runner.drain('the test');
};

/** The runner ends by itself in one of the two, so that all hooks are met between them. */
const endFor = (name: HookName, story: () => { endByItself(): void }): Moments =>
  name === 'resolveNext' ? { served: () => story().endByItself() } : { served: watchAndDrain };

const cases = NAMES.flatMap((name) => Object.keys(WAYS).map((way) => [name, way] as const));

/** What must be released of what was acquired, newest first. */
const releasesDue = ({ events }: Story): string[] => [
  ...(events.includes('resolveRegistration') ? ['released the registration'] : []),
  ...(events.includes('prepareSystem') ? ['released the lock'] : []),
];

test.for(cases)('%s %s: nothing is left behind', async ([name, way]) => {
  const [misbehave = () => {}, said = ''] = WAYS[way] ?? [];
  const { plugin, calls } = breaking(name, misbehave, way === 'never settles' ? 20 : 30_000);
  const others = name === 'onError' ? [complaining()] : [];
  const { runner, story } = makeRunner(
    endFor(name, () => story),
    [...others, plugin],
  );

  const { exitCode, error } = await runner.run();

  expect(await leftBehind(story)).toEqual([]);
  expect(story.events.filter((event) => event.startsWith('released'))).toEqual(releasesDue(story));
  expect(calls()).toBeGreaterThan(0);
  expect(exitCode).toBe(exitCodeOf(name));
  expect(error?.exitCode ?? 0).toBe(exitCode);
  const told = `Plugin "breaking" ${said.replace('HOOK', name)}`;
  expect(story.lines.join('')).toContain(told);
});

test('in its setup: nothing is begun', async () => {
  const plugin = definePlugin({
    name: 'breaking',
    setup: () => {
      throw new Error('broke');
    },
  });
  const { runner, story } = makeRunner({}, [plugin()]);
  const { exitCode, error } = await runner.run();
  expect(exitCode).toBe(70);
  expect(error?.message).toBe('Plugin "breaking" failed in its setup: broke');
  expect(story.events).toEqual([]);
});

test('in a timer of its own: the run is drained, and fails', async () => {
  const { runner, story } = makeRunner({
    served: (made) =>
      setTimeout(() => {
        // As the command does with what nobody catches.
        try {
          throw new Error('broke in a timer');
        } catch (error) {
          made.fail(error);
        }
      }, 1),
  });
  const { exitCode, error } = await runner.run();
  expect(exitCode).toBe(70);
  expect(error?.message).toBe('broke in a timer');
  expect(story.events).toContain('resolveDrained');
  expect(await leftBehind(story)).toEqual([]);
  expect(story.lines.filter((line) => line.includes('broke in a timer'))).toHaveLength(1);
});

test('without a failure all of it is released too, and the run exits with 0', async () => {
  const { runner, story } = makeRunner({ served: watchAndDrain });
  expect(await runner.run()).toEqual({ exitCode: 0, error: undefined });
  expect(story.events).toEqual([
    'prepareSystem',
    'prepareWorkspace',
    'resolveRegistration',
    'onRegistered',
    'served',
    'resolveDrained',
    'released the registration',
    'released the lock',
  ]);
  expect(story.pids).toHaveLength(1);
  expect(await leftBehind(story)).toEqual([]);
});
