import { describe, expect, test } from 'vitest';
import { createRunner, definePlugin, type Plugin, type RunnerError } from '../src/index.ts';
import { laptop } from './laptop.ts';

const failureOf = async (plugin: Plugin): Promise<RunnerError> => {
  const config = { plugins: [plugin] };
  const runner = createRunner({ config, environment: {}, write: () => {}, effects: laptop });
  const thrown: unknown = await runner.check().catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Error);
  return thrown as RunnerError;
};

/** A plugin that no compiler has checked. */
const setting = (changes: object): Plugin =>
  definePlugin({
    name: 'setting',
    setup: ({ hooks }) => hooks.modifyConfig.tap((config) => ({ ...config, ...changes })),
  })();

describe('modifyConfig', () => {
  test.each([
    [{ labels: undefined }, 'labels', '"undefined"'],
    [{ labels: 'abc' }, 'labels', '"abc"'],
    [{ labels: ['-x'] }, 'labels', `"[ '-x' ]"`],
    [{ workDir: 'rel' }, 'workDir', '"rel"'],
    [{ repository: 'x' }, 'repository', '"x"'],
    [{ timeZone: 'Mars/X' }, 'timeZone', '"Mars/X"'],
    [{ logFormat: null }, 'logFormat', '"null"'],
  ])('that answers with %j is a fault', async (changes, option, got) => {
    const { message, exitCode } = await failureOf(setting(changes));
    expect(exitCode).toBe(78);
    expect(message).toContain('one fault');
    expect(message).toContain(
      `option ${option}, set by setting in modifyConfig: got ${got}; takes`,
    );
  });

  test('that answers with an unknown option is a fault', async () => {
    const { message } = await failureOf(setting({ lables: ['x'] }));
    expect(message).toContain('option lables, set by setting in modifyConfig: is not known');
  });

  test('that answers with less than all settings is a fault for each of the others', async () => {
    const partial = definePlugin({
      name: 'partial',
      setup: ({ hooks }) => hooks.modifyConfig.tap(() => ({ repository: 'octo/app' }) as never),
    });
    const { message } = await failureOf(partial());
    for (const option of ['labels', 'workDir', 'cacheDir', 'user', 'logFormat']) {
      expect(message).toContain(`option ${option}, set by partial in modifyConfig: `);
    }
  });

  test('may take back what is optional', async () => {
    const changes = { labels: [], repository: undefined, timeZone: undefined };
    const config = { plugins: [setting(changes)], repository: 'octo/app' };
    const runner = createRunner({ config, environment: {}, write: () => {}, effects: laptop });
    expect((await runner.check()).config).toMatchObject({ labels: [], repository: undefined });
  });
});

test.each([
  [['rsync is missing']],
  [[{ name: 'rsync' }]],
  [[{ name: 'x', expected: 'y', got: 7 }]],
])('verifySetup that answers with %j is a fault that names the plugin', async (answer) => {
  const careless = definePlugin({
    name: 'careless',
    setup: ({ hooks }) => hooks.verifySetup.tap(() => answer as never),
  });
  const { message } = await failureOf(careless());
  expect(message).not.toContain('undefined');
  expect(message).toContain('plugin careless: ');
  expect(message).toContain('failed in hook "verifySetup": answered with a list where');
});
