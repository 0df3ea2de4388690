import { describe, expect, test } from 'vitest';
import { testCaller } from '../../tests/test-caller.ts';
import { RunnerError } from '../errors/runner-error.ts';
import type { Hook, HookKind } from './hook.ts';
import { createLifecycleHooks, hooksForPlugin } from './lifecycle-hooks.ts';

const KINDS: readonly HookKind[] = [
  'modify',
  'resolve',
  'verify',
  'prepare',
  'before',
  'after',
  'close',
  'on',
  'collect',
];

describe.for(Object.entries(createLifecycleHooks()))('%s', ([name, hook]) => {
  test('bears its own name', () => {
    expect(hook.name).toBe(name);
  });

  test('begins with its kind and a word', () => {
    expect(KINDS).toContain(hook.kind);
    expect(name).toMatch(new RegExp(`^${hook.kind}[A-Z]`));
  });
});

test('are frozen', () => {
  expect(Object.isFrozen(createLifecycleHooks())).toBe(true);
});

test('of two runs are not the same', () => {
  const [one, other] = [createLifecycleHooks(), createLifecycleHooks()];
  for (const name of Object.keys(one) as (keyof typeof one)[]) {
    expect(one[name]).not.toBe(other[name]);
  }
});

test('give every plugin a frozen view that cannot call and that bears its name', async () => {
  const hooks = createLifecycleHooks();
  const view = hooksForPlugin(hooks, 'octo');
  expect(Object.keys(view)).toEqual(Object.keys(hooks));
  expect(Object.isFrozen(view)).toBe(true);
  for (const hook of Object.values(view)) expect(hook).not.toHaveProperty('call');
  view.onError.tap(() => {
    throw new Error('broke');
  });
  const { errors } = await hooks.onError.call(new RunnerError('UNEXPECTED', 'x'), testCaller());
  expect(errors[0]?.plugin).toBe('octo');
});

describe('an answer of the wrong form', () => {
  const WRONG: readonly (readonly [
    keyof ReturnType<typeof createLifecycleHooks>,
    unknown,
    string,
  ])[] = [
    ['modifyConfig', null, 'answered with null'],
    ['modifyConfig', 'octo/app', 'answered with string'],
    ['modifyRunnerEnv', { PORT: 5432 }, 'an object of strings'],
    ['modifyRunnerEnv', ['PORT=1', 2], 'an object of strings'],
    ['resolveRegistration', 0, 'answered with number'],
    ['resolveRegistration', { name: 'octo' }, 'an object with id, name, labels'],
    ['resolveServed', null, 'answered with null'],
    ['resolveServed', {}, 'an object with registration, reason'],
    ['resolveNext', 'again', "'serve' or 'register' or 'stop'"],
    ['resolveNext', false, 'answered with boolean'],
    ['resolveDrained', true, 'answered with boolean'],
    ['resolveIdentity', 'i-0123', 'answered with string'],
  ];

  test.for(WRONG)('of %s: %j', async ([name, answer, said]) => {
    const hooks = createLifecycleHooks();
    const hook = hooks[name] as unknown as Hook<HookKind, unknown, unknown, unknown>;
    hook.forPlugin('octo').tap(() => answer);
    const work = hook.call({}, testCaller());
    await expect(work).rejects.toThrow(said);
    await expect(work).rejects.toMatchObject({ code: 'HOOK_FAILED', plugin: 'octo', hook: name });
  });
});
