import { expect, test } from 'vitest';
import * as z from 'zod';
import { createRunner, definePlugin, type Plugin, type Runner } from '../src/index.ts';
import { createLifecycleHooks } from '../src/hooks/lifecycle-hooks.ts';

const called: string[] = [];

const makeRunner = (plugins: readonly Plugin[]): Runner =>
  createRunner({ config: { plugins }, environment: {}, write: () => {} });

const first = definePlugin({
  name: 'first',
  setup({ hooks }) {
    hooks.prepareSystem.tap({ stage: 'late', deadlineMs: 5 }, () => void called.push('late'));
    hooks.prepareSystem.tap(() => void called.push('normal'));
    hooks.closeRunner.tap(() => void called.push('close'));
  },
});

const second = definePlugin({
  name: 'second',
  setup({ hooks }) {
    hooks.prepareSystem.tap({ stage: 'early', deadlineMs: false }, () => {});
    hooks.closeRunner.tap(() => {});
  },
});

test('taps are told in the order in which they begin, and none is called', async () => {
  const { hooks, faults } = await makeRunner([first(), second()]).taps();
  expect(faults).toEqual([]);
  const of = (name: string): unknown => hooks.find(({ hook }) => hook === name)?.taps;
  expect(of('prepareSystem')).toEqual([
    { plugin: 'second', stage: 'early', deadlineMs: false },
    { plugin: 'first', stage: 'normal', deadlineMs: 30_000 },
    { plugin: 'first', stage: 'late', deadlineMs: 5 },
  ]);
  expect(of('closeRunner')).toMatchObject([{ plugin: 'second' }, { plugin: 'first' }]);
  expect(of('onIdle')).toEqual([]);
  expect(hooks.map(({ hook }) => hook)).toEqual(Object.keys(createLifecycleHooks()));
  expect(called).toEqual([]);
});

test('a plugin whose settings are at fault is told of, and the others are listed', async () => {
  const needy = definePlugin({
    name: 'needy',
    env: z.object({ NEEDY_TOKEN: z.string('is required') }),
    setup: ({ hooks }) => hooks.onIdle.tap(() => {}),
  });
  const broken = definePlugin({
    name: 'broken',
    setup() {
      throw new Error('not today');
    },
  });
  const { hooks, faults } = await makeRunner([needy(), broken(), second()]).taps();
  expect(faults).toEqual([
    { name: 'NEEDY_TOKEN', expected: 'is required' },
    { name: 'plugin broken', expected: 'Plugin "broken" failed in its setup: not today' },
  ]);
  expect(hooks.flatMap(({ taps }) => taps.map(({ plugin }) => plugin))).toEqual([
    'second',
    'second',
  ]);
});

test('taps are asked for instead of a run', async () => {
  const runner = makeRunner([]);
  await runner.taps();
  await expect(runner.run()).rejects.toThrow('run() was called after taps()');
});
