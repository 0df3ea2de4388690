import { describe, expect, test } from 'vitest';
import { testCaller } from '../../tests/test-caller.ts';
import type { RunnerError } from '../errors/runner-error.ts';
import { formatFault, type Fault } from '../errors/fault.ts';
import type { Handler } from './guard.ts';
import { first, series, waterfall, type Hook, type HookKind } from './hook.ts';
import { createLifecycleHooks } from './lifecycle-hooks.ts';
import {
  gather,
  inTurn,
  newestFirst,
  observe,
  sideBySide,
  verify,
  type Settled,
} from './settling-hooks.ts';

type AnyHook = Hook<HookKind, unknown, unknown, unknown>;
type AnyHandler = Handler<unknown, unknown>;

interface Engine {
  readonly make: () => unknown;
  /** What a tap does that has nothing to say. */
  readonly pass: AnyHandler;
  /** How failures come out of a call. */
  readonly failsBy: 'throwing' | 'settling' | 'faults';
}

const nothing: AnyHandler = () => undefined;

const ENGINES: Readonly<Record<string, Engine>> = {
  'modify (waterfall)': { make: () => waterfall('modifyIt'), pass: nothing, failsBy: 'throwing' },
  'resolve (first)': { make: () => first('resolveIt'), pass: nothing, failsBy: 'throwing' },
  'verify (verify)': { make: () => verify('verifyIt'), pass: nothing, failsBy: 'faults' },
  'prepare (series)': { make: () => series('prepareIt'), pass: nothing, failsBy: 'throwing' },
  'prepare (sideBySide)': {
    make: () => sideBySide('prepareIt'),
    pass: nothing,
    failsBy: 'throwing',
  },
  'before (inTurn)': { make: () => inTurn('beforeIt'), pass: nothing, failsBy: 'settling' },
  'after (newestFirst)': {
    make: () => newestFirst('after', 'afterIt'),
    pass: nothing,
    failsBy: 'settling',
  },
  'close (newestFirst)': {
    make: () => newestFirst('close', 'closeIt'),
    pass: nothing,
    failsBy: 'settling',
  },
  'on (observe)': { make: () => observe('onIt'), pass: nothing, failsBy: 'settling' },
  'collect (gather)': { make: () => gather('collectIt'), pass: () => [], failsBy: 'settling' },
};

/** How a plugin can go wrong, and what must be said of it. */
const MISBEHAVIOURS: Readonly<Record<string, readonly [(hook: AnyHook) => AnyHandler, RegExp]>> = {
  'throws synchronously': [
    () => () => {
      throw new Error('broke');
    },
    /broke/,
  ],
  'rejects later': [
    () => async () => {
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('broke later');
    },
    /broke later/,
  ],
  'throws undefined': [
    () => () => {
      throw undefined; // oxlint-disable-line only-throw-error -- what a plugin in plain JavaScript may do
    },
    /threw undefined/,
  ],
  'rejects with null': [
    () => async () => {
      throw null; // oxlint-disable-line only-throw-error -- what a plugin in plain JavaScript may do
    },
    /threw null/,
  ],
  'never settles': [() => async () => new Promise(() => {}), /within its deadline of 20 ms/],
  'answers with a thenable that throws': [
    () => () => ({
      // oxlint-disable-next-line no-thenable -- what a plugin in plain JavaScript may do
      then: () => {
        throw new Error('broke in then');
      },
    }),
    /broke in then/,
  ],
  'is no function': [() => 'nonsense' as unknown as AnyHandler, /not a function/],
  'adds a tap while it runs': [
    (hook) => () => hook.forPlugin('bad').tap(() => {}),
    /has been called already/,
  ],
};

/** Only the tap that never settles is to meet its deadline, however slow the machine is. */
const deadlineOf = (way: string): number => (way === 'never settles' ? 20 : 30_000);

/** What the call of a hook says went wrong. */
const messagesOf = async (hook: AnyHook, { failsBy }: Engine): Promise<string[]> => {
  const call = hook.call('payload', testCaller());
  if (failsBy === 'throwing') {
    return call.then(
      () => [],
      (error: RunnerError) => [error.message],
    );
  }
  const result = await call;
  return failsBy === 'faults'
    ? (result as Fault[]).map(formatFault)
    : (result as Settled).errors.map((error) => error.message);
};

describe.for(Object.entries(ENGINES))('%s', ([, engine]) => {
  const make = (): AnyHook => engine.make() as AnyHook;

  test.for(Object.entries(MISBEHAVIOURS))(
    'a tap that %s is an error that names plugin and hook',
    async ([way, [misbehave, said]]) => {
      const hook = make();
      hook.forPlugin('bad').tap({ deadlineMs: deadlineOf(way) }, misbehave(hook));
      const messages = await messagesOf(hook, engine);
      expect(messages).toEqual([expect.stringMatching(said)]);
      expect(messages[0]).toContain('"bad"');
      expect(messages[0]).toContain(`"${hook.name}"`);
    },
  );

  test.for(Object.entries(MISBEHAVIOURS))(
    'a later tap that %s is an error that names plugin and hook',
    async ([way, [misbehave, said]]) => {
      const hook = make();
      let healthy = 0;
      const pass: AnyHandler = async (...given) => {
        healthy += 1;
        return engine.pass(...given);
      };
      hook.forPlugin('good').tap(pass);
      hook.forPlugin('good').tap(async (...given) => {
        await new Promise((resolve) => setImmediate(resolve));
        return pass(...given);
      });
      hook.forPlugin('bad').tap({ stage: 'late', deadlineMs: deadlineOf(way) }, misbehave(hook));
      const messages = await messagesOf(hook, engine);
      expect(messages).toEqual([expect.stringMatching(said)]);
      expect(messages[0]).toContain('"bad"');
      expect(messages[0]).toContain(`"${hook.name}"`);
      expect(healthy).toBe(2);
    },
  );
});

test('a resolve hook that nobody answers names the hook and who was asked', async () => {
  const hook = first('resolveIt');
  hook.forPlugin('mute').tap(() => undefined);
  hook.forPlugin('silent').tap(() => undefined);
  await expect(hook.call('payload', testCaller())).rejects.toMatchObject({
    code: 'HOOK_UNANSWERED',
    hook: 'resolveIt',
    message: 'No plugin answered hook "resolveIt" (asked: "mute", "silent")',
  });
  await expect(first('resolveIt').call('payload', testCaller())).rejects.toThrow('asked: nobody');
});

test.for([
  [null],
  [{ name: 'x', healthy: 'yes', facts: {} }],
  [{ name: 'x', healthy: true, facts: [] }],
  [{ healthy: true, facts: {} }],
])('a collectStatus whose tap answers %j names the plugin', async (answer) => {
  const { collectStatus } = createLifecycleHooks();
  collectStatus.forPlugin('odd').tap((() => answer) as () => never);
  const { config } = testCaller().contextFor('odd', new AbortController().signal);
  const { contributions, errors } = await collectStatus.call(config, testCaller());
  expect(contributions).toEqual([]);
  expect(errors.map(({ message }) => message)).toEqual([
    'Plugin "odd" failed in hook "collectStatus": answered with object where ' +
      'a list of objects with a name, healthy: true or false, and an object facts is due',
  ]);
});

test('a collect hook whose tap answers nothing names the plugin, and keeps the other answers', async () => {
  const hook = gather<string, number>('collectIt');
  hook.forPlugin('mute').tap((() => undefined) as unknown as () => number[]);
  hook.forPlugin('good').tap(() => [1]);
  const { items, errors } = await hook.call('payload', testCaller());
  expect(items).toEqual([1]);
  expect(errors.map(({ message }) => message)).toEqual([
    'Plugin "mute" failed in hook "collectIt": answered with undefined where a list is due',
  ]);
});
