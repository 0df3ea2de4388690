import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createRunner, definePlugin, RunnerError, type Plugin } from '../src/index.ts';
import { laptop } from './laptop.ts';

const failureOf = async (
  plugins: readonly Plugin[],
  environment: Readonly<Record<string, string>> = {},
): Promise<RunnerError> => {
  const runner = createRunner({
    config: { plugins },
    environment,
    write: () => {},
    effects: laptop,
  });
  const thrown: unknown = await runner.check().catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(RunnerError);
  return thrown as RunnerError;
};

const breaking = definePlugin({
  name: 'breaking',
  setup() {
    throw new Error('broke');
  },
});

/** The compiler lets an async function pass where nothing is to be returned. */
const asynchronous = definePlugin({
  name: 'asynchronous',
  // oxlint-disable-next-line typescript/no-misused-promises -- the mistake that is tested
  setup: async () => {
    throw new Error('broke later');
  },
});

describe('a setup that fails', () => {
  test('ends the configuration with an error that names the plugin', async () => {
    expect(await failureOf([breaking()])).toMatchObject({
      code: 'HOOK_FAILED',
      message: 'Plugin "breaking" failed in its setup: broke',
    });
  });

  test('names the hooks that there are when it taps another one', async () => {
    const misspelling = definePlugin({
      name: 'misspelling',
      setup: ({ hooks }) => {
        const { afterJobs } = hooks as unknown as { afterJobs: (typeof hooks)['afterJob'] };
        afterJobs.tap(() => {});
      },
    });
    const { message } = await failureOf([misspelling()]);
    expect(message).toContain('there is no hook afterJobs; there are ');
    expect(message).toContain('afterJob,');
  });

  test('does so as well when it fails asynchronously', async () => {
    expect(await failureOf([asynchronous()])).toMatchObject({
      message: 'Plugin "asynchronous" failed in its setup: broke later',
    });
  });

  test('does not hide the faults of settings', async () => {
    const { code, message } = await failureOf([breaking()], { GH_REPOSITORY: 'x' });
    expect(code).toBe('CONFIG_INVALID');
    expect(message).toContain('GH_REPOSITORY: got "x"');
    expect(message).toContain('plugin breaking: Plugin "breaking" failed in its setup: broke');
  });
});

test('a modifyConfig that fails does not hide the faults of settings', async () => {
  const failing = definePlugin({
    name: 'failing',
    setup: ({ hooks }) =>
      hooks.modifyConfig.tap(() => {
        throw new Error('broke');
      }),
  });
  const { message } = await failureOf([failing()], { GH_REPOSITORY: 'x' });
  expect(message).toContain('GH_REPOSITORY: got "x"');
  expect(message).toContain('Plugin "failing" failed in hook "modifyConfig": broke');
});

describe('a secret', () => {
  const holder = definePlugin({
    name: 'holder',
    env: z.object({ GH_TOKEN: z.string() }),
    secrets: ['GH_TOKEN'],
    setup() {},
  });
  const environment = { GH_TOKEN: 'ghp_hush_hush' };

  test('is in no error that check throws', async () => {
    const leaking = definePlugin({
      name: 'leaking',
      setup: ({ hooks }) =>
        hooks.modifyConfig.tap(() => {
          throw new Error('refused: ghp_hush_hush');
        }),
    });
    const { message, plugin, hook } = await failureOf([holder(), leaking()], environment);
    expect(message).toContain('refused: ***');
    expect({ plugin, hook }).toEqual({ plugin: 'leaking', hook: 'modifyConfig' });
  });

  test('is masked in the settings of plugins that hold it without knowing that it is one', async () => {
    const unknowing = definePlugin({
      name: 'unknowing',
      options: z.object({ url: z.string() }),
      env: z.object({ GH_TOKEN: z.string() }),
      setup() {},
    });
    const runner = createRunner({
      config: { plugins: [holder(), unknowing({ url: 'https://ghp_hush_hush@github.com' })] },
      environment,
      write: () => {},
      effects: laptop,
    });
    const { settings } = await runner.check();
    expect(settings).toEqual([
      { plugin: 'holder', options: undefined, env: { GH_TOKEN: '***' } },
      { plugin: 'unknowing', options: { url: 'https://***@github.com' }, env: { GH_TOKEN: '***' } },
    ]);
  });
});

test('a runner is checked or run, once: plugins would tap every hook twice', async () => {
  const runner = createRunner({
    config: { plugins: [] },
    environment: {},
    write: () => {},
    effects: laptop,
  });
  await runner.check();
  await expect(runner.check()).rejects.toThrow('check() was called after check()');
  await expect(runner.run()).rejects.toThrow('run() was called after check()');
});
