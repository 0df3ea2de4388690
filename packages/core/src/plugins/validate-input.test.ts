import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { definePlugin, type Plugin } from './define-plugin.ts';
import { systemClock } from '../effects/clock.ts';
import { validateInput as validateWithin, type ValidatedInput } from './validate-input.ts';

const validateInput = async (
  plugin: Plugin,
  environment: Readonly<Record<string, string>>,
): Promise<ValidatedInput> =>
  validateWithin(plugin, environment, {
    clock: systemClock,
    signal: new AbortController().signal,
  });

describe('variables', () => {
  test('are those that the plugin declared, and no others, however loose its schema is', async () => {
    const plugin = definePlugin({
      name: 'loose',
      env: z.looseObject({ A: z.string(), B: z.string().default('b') }),
      setup() {},
    })();
    const { env, faults } = await validateInput(plugin, { A: 'a', OTHER: 'x', PATH: '/bin' });
    expect(faults).toEqual([]);
    expect(env).toEqual({ A: 'a', B: 'b' });
  });

  test('are transformed', async () => {
    const plugin = definePlugin({
      name: 'transforming',
      env: z.object({ PORT: z.coerce.number(), SINCE: z.coerce.date(), ON: z.stringbool() }),
      setup() {},
    })();
    const { env } = await validateInput(plugin, { PORT: '80', SINCE: '2026-01-01', ON: 'yes' });
    expect(env).toEqual({ PORT: 80, SINCE: new Date('2026-01-01'), ON: true });
  });

  test('at fault are named with their values', async () => {
    const plugin = definePlugin({
      name: 'faulty',
      env: z.object({
        A: z.string('is required: a word'),
        B: z.string().regex(/^\d+$/, 'takes digits'),
      }),
      setup() {},
    })();
    const { env, faults } = await validateInput(plugin, { B: 'soon' });
    expect(env).toBeUndefined();
    expect(faults).toEqual([
      { name: 'A', expected: 'is required: a word' },
      { name: 'B', got: 'soon', expected: 'takes digits' },
    ]);
  });

  test('that contradict each other are a fault of the plugin', async () => {
    const plugin = definePlugin({
      name: 'choosy',
      env: z.object({ A: z.string().optional() }).refine(() => false, 'wants A or B'),
      setup() {},
    })();
    const { faults } = await validateInput(plugin, {});
    expect(faults).toEqual([{ name: 'plugin choosy', expected: 'wants A or B' }]);
  });

  test('whose schema names none are a fault that names the plugin', async () => {
    const plugin = definePlugin({
      name: 'vague',
      env: z.record(z.string(), z.string()),
      secrets: ['TOKEN'],
      setup() {},
    })();
    const { faults, secrets } = await validateInput(plugin, { TOKEN: 'hush' });
    expect(faults).toEqual([
      {
        name: 'plugin vague',
        expected: expect.stringContaining('has an env schema that names no variables') as string,
      },
    ]);
    expect(secrets).toEqual(['hush']);
  });

  test('whose schema throws are a fault that names the plugin', async () => {
    const plugin = definePlugin({
      name: 'throwing',
      env: z.object({ A: z.string().transform(() => JSON.parse('{') as unknown) }),
      setup() {},
    })();
    const { faults } = await validateInput(plugin, { A: 'a' });
    expect(faults.map(({ name }) => name)).toEqual(['plugin throwing']);
    expect(faults[0]?.expected).toContain('JSON');
  });
});

describe('options', () => {
  const withOptions = definePlugin({
    name: 'cache',
    options: z.strictObject({
      paths: z.array(z.string('takes a path')).min(1, 'takes at least one path'),
      engine: z.enum(['a', 'b'], 'takes a or b').default('a'),
    }),
    setup() {},
  });

  test('are validated and completed', async () => {
    const { options, faults } = await validateInput(withOptions({ paths: ['x'] }), {});
    expect(faults).toEqual([]);
    expect(options).toEqual({ paths: ['x'], engine: 'a' });
  });

  test('at fault are named by plugin and path, with their values', async () => {
    const plugin = withOptions({ paths: ['x', 7], engine: 'c', more: 1 } as never);
    const { faults } = await validateInput(plugin, {});
    expect(faults).toEqual([
      { name: 'option of cache paths.1', got: '7', expected: 'takes a path' },
      { name: 'option of cache engine', got: 'c', expected: 'takes a or b' },
      { name: 'option of cache', expected: expect.stringContaining('more') as string },
    ]);
  });

  test('that no JSON can show are shown all the same', async () => {
    const circular: unknown[] = [10n];
    circular.push(circular);
    const { faults } = await validateInput(withOptions({ paths: [circular] } as never), {});
    expect(faults[0]?.got).toContain('10n');
  });
});

describe('secrets', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ci-runner-secrets-'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  const plugin = definePlugin({
    name: 'secretive',
    env: z.object({ TOKEN: z.string('is required').startsWith('ghp_', 'starts with ghp_') }),
    secrets: ['TOKEN'],
    setup() {},
  })();

  test('come from files', async () => {
    const file = join(directory, 'token');
    await writeFile(file, 'ghp_hush\n');
    const { env, secrets } = await validateInput(plugin, { TOKEN_FILE: file });
    expect(env).toEqual({ TOKEN: 'ghp_hush' });
    expect(secrets).toEqual(['ghp_hush']);
  });

  test('that are invalid are not shown, and are known as secrets', async () => {
    const { faults, secrets } = await validateInput(plugin, { TOKEN: 'hush' });
    expect(faults).toEqual([{ name: 'TOKEN', expected: 'starts with ghp_' }]);
    expect(secrets).toEqual(['hush']);
  });

  test('whose file cannot be read are explained once', async () => {
    const { faults } = await validateInput(plugin, { TOKEN_FILE: '/no/such/file' });
    expect(faults.map(({ name }) => name)).toEqual(['TOKEN_FILE']);
  });

  test('in whose place an empty directory stands are a fault only where they are needed', async () => {
    const needed = await validateInput(plugin, { TOKEN_FILE: directory });
    expect(needed.faults).toEqual([
      { name: 'TOKEN_FILE', expected: expect.stringContaining('is an empty directory') as string },
    ]);
    expect(needed.standIns).toEqual([]);
    const modest = definePlugin({
      name: 'modest',
      env: z.object({ TOKEN: z.string().optional() }),
      secrets: ['TOKEN'],
      setup() {},
    })();
    const { faults, standIns } = await validateInput(modest, { TOKEN_FILE: directory });
    expect([faults, standIns.map(({ name }) => name)]).toEqual([[], ['TOKEN_FILE']]);
  });

  test('that no schema declares are a fault of the plugin, and hidden nevertheless', async () => {
    const careless = definePlugin({
      name: 'careless',
      env: z.looseObject({ A: z.string().optional() }),
      secrets: ['OTHER'],
      setup() {},
    })();
    const { faults, secrets } = await validateInput(careless, { OTHER: 'hush' });
    expect(faults).toEqual([
      { name: 'plugin careless', expected: expect.stringContaining('OTHER') as string },
    ]);
    expect(secrets).toEqual(['hush']);
  });
});
