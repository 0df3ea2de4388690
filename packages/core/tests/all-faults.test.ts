import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import {
  ConfigurationError,
  createRunner,
  definePlugin,
  type Fault,
  type Plugin,
} from '../src/index.ts';
import { laptop } from './laptop.ts';

interface Given {
  readonly plugins?: readonly Plugin[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly repository?: string;
}

const makeRunner = (
  { environment = {}, plugins = [], ...config }: Given,
  effects?: typeof laptop,
) => {
  const lines: string[] = [];
  const runner = createRunner({
    config: { plugins, ...config },
    environment,
    write: (line) => lines.push(line),
    ...(effects && { effects }),
  });
  return { runner, lines };
};

const faultsOf = async (given: Given, effects?: typeof laptop): Promise<readonly Fault[]> => {
  const thrown: unknown = await makeRunner(given, effects)
    .runner.check()
    .catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(ConfigurationError);
  return (thrown as ConfigurationError).faults;
};

const named = (name: string): Plugin => definePlugin({ name, setup() {} })();

const keeper = definePlugin({
  name: 'keeper',
  env: z.object({
    TOKEN: z.string(),
    BTIME: z.string().regex(/^\d+$/, 'takes digits').optional(),
  }),
  secrets: ['TOKEN'],
  requires: ['repository'],
  setup() {},
});

const readableFile = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'all-faults-'));
  onTestFinished(async () => rm(directory, { recursive: true }));
  await chmod(directory, 0o755);
  const file = join(directory, 'token');
  await writeFile(file, 'ghp_hush\n', { mode: 0o644 });
  return file;
};

test('several faults may have one name', async () => {
  const picky = definePlugin({
    name: 'picky',
    setup({ hooks }) {
      hooks.verifySetup.tap(() => [
        { name: 'program', got: 'rsync', expected: 'is required: install it' },
        { name: 'program', got: 'haproxy', expected: 'is required: install it' },
      ]);
    },
  });
  expect((await faultsOf({ plugins: [picky()] }, laptop)).map(({ got }) => got)).toEqual([
    'rsync',
    'haproxy',
  ]);
  const twins = ['a', 'a', 'b', 'b'].map(named);
  expect((await faultsOf({ plugins: twins }, laptop)).map(({ got }) => got)).toEqual(['a', 'b']);
});

test('a required setting that is malformed is not missing as well, wherever it stands', async () => {
  const environment = { TOKEN: 'ghp_hush' };
  for (const given of [
    { environment: { ...environment, GH_REPOSITORY: 'x' } },
    { environment, repository: 'x' },
  ]) {
    const faults = await faultsOf({ ...given, plugins: [keeper()] }, laptop);
    expect(faults).toMatchObject([{ got: 'x' }]);
  }
});

test('nobody but root needs an account for guest', async () => {
  const { runner } = makeRunner({ environment: { CI_RUNNER_USER: 'no-such-user' } }, laptop);
  expect((await runner.check()).config.user).toBe('no-such-user');
});

describe.runIf(process.getuid?.() === 0)('for root', () => {
  test.each(['no-such-user', 'root'])('the account %s is one fault among others', async (user) => {
    const environment = { CI_RUNNER_USER: user, TOKEN: 'ghp_hush', BTIME: 'soon' };
    const given = { environment, plugins: [keeper()], repository: 'octo/app' };
    const names = ['BTIME', 'CI_RUNNER_USER'];
    expect((await faultsOf(given)).map(({ name }) => name).toSorted()).toEqual(names);
    const { runner, lines } = makeRunner(given);
    expect(await runner.run()).toMatchObject({ exitCode: 78 });
    for (const name of names) expect(lines.join('')).toContain(`${name}: got`);
  });

  test('a file of a secret that guest can read is one fault among others', async () => {
    const environment = {
      CI_RUNNER_USER: 'nobody',
      TOKEN_FILE: await readableFile(),
      BTIME: 'soon',
    };
    const faults = await faultsOf({ environment, plugins: [keeper()], repository: 'octo/app' });
    expect(faults.map(({ name }) => name).toSorted()).toEqual(['BTIME', 'TOKEN_FILE']);
  });

  test('what is verified is verified for guest', async () => {
    let seen: unknown;
    const curious = definePlugin({
      name: 'curious',
      setup: ({ hooks }) =>
        hooks.verifySetup.tap((_config, { guest }) => {
          seen = guest.name;
        }),
    });
    await makeRunner({
      environment: { CI_RUNNER_USER: 'nobody' },
      plugins: [curious()],
    }).runner.check();
    expect(seen).toBe('nobody');
  });
});
