import { createRunner, definePlugin, type PluginHooks } from '@ci-runner/core';
import { expect, it } from 'vitest';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, findProcess } from './machine.ts';
import { startRig, type Rig } from './rig.ts';

type HookName = keyof PluginHooks;

/** Stands for any hook: all of them can be tapped early. */
interface AnyHook {
  tap(options: { stage: 'early' }, handler: () => unknown): void;
}

const hookNames = async (): Promise<HookName[]> => {
  let names: HookName[] = [];
  const reader = definePlugin({
    name: 'reader',
    setup: ({ hooks }) => {
      names = Object.keys(hooks) as HookName[];
    },
  });
  await createRunner({
    config: { user: 'nobody', plugins: [reader()] },
    environment: {},
    write: () => {},
  }).check();
  return names;
};

const NAMES = await hookNames();

const breakHook = (hooks: PluginHooks, name: HookName, onCall: () => void): void => {
  (hooks[name] as unknown as AnyHook).tap({ stage: 'early' }, () => {
    onCall();
    throw new Error('broke');
  });
  // Something to be told.
  const at = Date.now();
  if (name === 'onMetrics') {
    hooks.collectMetrics.tap(() => [
      { name: 'sample', value: 1, unit: 'Count', at, dimensions: {}, scope: 'runner' },
    ]);
  }
  if (name === 'onError') hooks.onIdle.tap(() => Promise.reject(new Error('is never content')));
};

/** Runs a job, and ends the runner: by a drain, or for resolveNext by the Listener's own end. */
const live = async (rig: Rig, name: HookName): Promise<void> => {
  await eventually(() => rig.github.runners().some(({ status }) => status === 'online'));
  const { result } = await rig.queue('true').completed;
  expect(result).toBe('Succeeded');
  await eventually(() => rig.event('job-finished'));
  if (name === 'collectStatus') await rig.status('listener');
  if (name !== 'resolveNext') {
    rig.drain();
    return;
  }
  const listener = await eventually(async () => findProcess(rig.machine, 'Runner.Listener'));
  process.kill(listener, 'SIGKILL');
};

it('knows all hooks', () => {
  expect(NAMES.length).toBeGreaterThan(20);
});

it.each(NAMES)(
  'a plugin that throws in %s leaves no runner, process or file behind',
  async (name) => {
    let calls = 0;
    const rig = await startRig({ tap: (hooks) => breakHook(hooks, name, () => (calls += 1)) });
    await Promise.race([rig.ended, live(rig, name)]);
    await rig.ended;
    expect(calls).toBeGreaterThan(0);
    await expectNothingLeft(rig);
  },
);
