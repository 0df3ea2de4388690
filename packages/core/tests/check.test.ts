import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  ConfigurationError,
  createRunner,
  definePlugin,
  type Configured,
  type Fault,
  type RunnerConfigInput,
} from '../src/index.ts';

type Variables = Readonly<Record<string, string>>;

const check = async (config: RunnerConfigInput, environment: Variables = {}): Promise<Configured> =>
  createRunner({ config, environment, write: () => {} }).check();

const failureOf = async (
  config: RunnerConfigInput,
  environment: Variables = {},
): Promise<ConfigurationError> => {
  const thrown: unknown = await check(config, environment).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(ConfigurationError);
  return thrown as ConfigurationError;
};

const byName = (faults: readonly Fault[]): Record<string, Fault> =>
  Object.fromEntries(faults.map((fault) => [fault.name, fault]));

const github = definePlugin({
  name: 'github',
  options: z.strictObject({ host: z.string('takes the name of a host').optional() }).optional(),
  env: z.object({
    GH_TOKEN: z.string('is required: a token').regex(/^ghp_/, 'takes a token, such as ghp_1a2b'),
    BTIME: z.string().regex(/^\d+$/, 'takes digits').optional(),
  }),
  secrets: ['GH_TOKEN'],
  requires: ['repository', 'labels'],
  setup({ hooks }) {
    hooks.verifySetup.tap(() => [{ name: 'program git', expected: 'is required: install it' }]);
  },
});

const verifier = definePlugin({
  name: 'verifier',
  setup({ hooks }) {
    hooks.verifySetup.tap(({ workDir }) => [{ name: `directory ${workDir}`, expected: 'is full' }]);
    hooks.verifySetup.tap(() => {
      throw new Error('broke down');
    });
  },
});

const GOOD = { GH_TOKEN: 'ghp_hush', GH_REPOSITORY: 'octo/app', GH_LABELS: 'linux' };

describe('faults', () => {
  test('of the core, of variables, of options and of what plugins verify are in one report', async () => {
    const { message, faults, exitCode } = await failureOf(
      {
        timeZone: 'Mars/Olympus',
        lables: [],
        plugins: [github({ host: 7 } as never), verifier()],
      } as never,
      { GH_REPOSITORY: 'x', BTIME: 'soon', CI_RUNNER_WORK_DIR: '/work', LOG_FORMAT: 'xml' },
    );
    expect(exitCode).toBe(78);
    expect(byName(faults)).toMatchObject({
      GH_REPOSITORY: { got: 'x', expected: expect.stringMatching(/^takes/) as string },
      GH_LABELS: { expected: expect.stringMatching(/^is required/) as string },
      LOG_FORMAT: { got: 'xml' },
      'option timeZone': { got: 'Mars/Olympus' },
      'option lables': {},
      'option of github host': { got: '7' },
      GH_TOKEN: { expected: 'is required: a token' },
      BTIME: { got: 'soon' },
      'directory /work': { expected: 'is full' },
      'plugin verifier': { expected: expect.stringContaining('broke down') as string },
    });
    // The setup of a plugin with faults of its own does not run, so that it verifies nothing.
    expect(faults.length).toBe(10);
    for (const { name } of faults) expect(message).toContain(`\n  ${name}: `);
  });

  test('of one name are reported once', async () => {
    const { faults } = await failureOf({ plugins: [github()] }, { ...GOOD, GH_REPOSITORY: 'x' });
    // It is malformed, and a plugin misses it.
    expect(faults.filter(({ name }) => name === 'GH_REPOSITORY').length).toBe(1);
    const other = definePlugin({
      name: 'other',
      env: z.object({ BTIME: z.string().regex(/^\d+$/, 'takes digits').optional() }),
      setup() {},
    });
    const twice = await failureOf({ plugins: [github(), other()] }, { ...GOOD, BTIME: 'soon' });
    expect(twice.faults.map(({ name }) => name)).toEqual(['BTIME']);
  });

  test('of a plugin that stands there twice', async () => {
    const plugin = definePlugin({ name: 'twin', setup() {} });
    const { faults } = await failureOf({ plugins: [plugin(), plugin()] });
    expect(faults).toEqual([
      { name: 'option plugins', got: 'twin', expected: expect.stringContaining('once') as string },
    ]);
  });

  test('of a plugin whose variables cannot be told name it', async () => {
    const vague = definePlugin({
      name: 'vague',
      env: z.record(z.string(), z.string()),
      setup() {},
    });
    const { message } = await failureOf({ plugins: [vague()] });
    expect(message).toContain('plugin vague: has an env schema that names no variables');
  });
});

describe('settings', () => {
  const plain = definePlugin({
    name: 'plain',
    env: z.object({ LEVEL: z.string().default('low') }),
    setup() {},
  });

  test('come from the environment, else the file, else the defaults; empty variables are unset', async () => {
    const file = { labels: ['file'], workDir: '/file', plugins: [plain(), false, null, undefined] };
    const { config, settings } = await check(file as RunnerConfigInput, {
      GH_LABELS: 'env',
      CI_RUNNER_WORK_DIR: '',
      LEVEL: '',
    });
    expect(config).toMatchObject({ labels: ['env'], workDir: '/file', user: 'guest' });
    expect(settings).toEqual([{ plugin: 'plain', options: undefined, env: { LEVEL: 'low' } }]);
  });

  test('are frozen, also after a plugin has changed them', async () => {
    const changing = definePlugin({
      name: 'changing',
      setup({ hooks }) {
        hooks.modifyConfig.tap((config) => {
          expect(Object.isFrozen(config) && Object.isFrozen(config.labels)).toBe(true);
          return { ...config, labels: [...config.labels, 'more'] };
        });
      },
    });
    const { config } = await check({ labels: ['a'], plugins: [changing()] });
    expect(config.labels).toEqual(['a', 'more']);
    expect(Object.isFrozen(config) && Object.isFrozen(config.labels)).toBe(true);
  });

  test('of which one must be set may be malformed: that is the only fault', async () => {
    const needy = definePlugin({
      name: 'needy',
      requires: [['repository', 'organization']],
      setup() {},
    });
    const error = await failureOf({ plugins: [needy()] }, { GH_ORGANIZATION: 'octo/app' });
    expect(error.faults.map(({ name }) => name)).toEqual(['GH_ORGANIZATION']);
  });

  test('that a plugin requires may come from another plugin', async () => {
    const needy = definePlugin({ name: 'needy', requires: ['repository'], setup() {} });
    const giving = definePlugin({
      name: 'giving',
      setup({ hooks }) {
        hooks.modifyConfig.tap((config) => ({ ...config, repository: 'octo/app' }));
      },
    });
    const { config } = await check({ plugins: [needy(), giving()] });
    expect(config.repository).toBe('octo/app');
  });
});

describe('secrets', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ci-runner-check-'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  const keeper = definePlugin({
    name: 'keeper',
    env: z.object({ TOKEN: z.string('is required').startsWith('ghp_', 'takes a token') }),
    secrets: ['TOKEN'],
    setup() {},
  });

  test('are in no setting and in no environment', async () => {
    const file = join(directory, 'token');
    await writeFile(file, 'ghp_hush\n');
    for (const given of [{ TOKEN: 'ghp_hush' }, { TOKEN_FILE: file }]) {
      const configured = await check({ plugins: [keeper()] }, { ...given, OTHER: 'x' });
      expect(configured.settings).toEqual([
        { plugin: 'keeper', options: undefined, env: { TOKEN: '***' } },
      ]);
      expect(configured.environment).toEqual({ OTHER: 'x' });
    }
  });

  test('are in no fault, valid or not, wherever they stand', async () => {
    for (const secret of ['ghp_hush', 'hush-hush']) {
      const blabbing = definePlugin({
        name: 'blabbing',
        env: z.object({ TOKEN: z.string().refine(() => false, `takes no ${secret}`) }),
        secrets: ['TOKEN'],
        setup() {},
      });
      const url = `https://${secret}@github.com/octo/app`;
      const { message, faults } = await failureOf(
        { plugins: [keeper(), blabbing()], workDir: secret },
        { TOKEN: secret, GH_REPOSITORY: url },
      );
      expect(JSON.stringify([message, faults])).not.toContain(secret);
      expect(message).toContain('https://***@github.com');
    }
  });

  test('whose file cannot be read are explained once', async () => {
    const { faults } = await failureOf({ plugins: [keeper()] }, { TOKEN_FILE: '/no/such/file' });
    expect(faults).toEqual([
      {
        name: 'TOKEN_FILE',
        got: '/no/such/file',
        expected: expect.stringContaining('readable') as string,
      },
    ]);
  });

  test('that are invalid are masked in the log nevertheless', async () => {
    const lines: string[] = [];
    const runner = createRunner({
      config: { plugins: [keeper()] },
      environment: { TOKEN: 'hush-hush' },
      write: (line) => lines.push(line),
    });
    await expect(runner.check()).rejects.toThrow(ConfigurationError);
    runner.log.info('it is hush-hush');
    expect(lines.at(-1)).toContain('it is ***');
  });
});
