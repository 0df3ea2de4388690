import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { createRunner, definePlugin, type Plugin, type RunResult } from '../src/index.ts';

const SECRET = 'ghp_verysecret';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'secrets-'));
  await chmod(directory, 0o755);
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

interface Ran extends RunResult {
  readonly lines: string;
  readonly environment: Readonly<Record<string, string>> | undefined;
}

/** Runs a plugin with two secrets, one of them for jobs too, which copies both into the runner's environment. */
const run = async (environment: Record<string, string>, more: Plugin[] = []): Promise<Ran> => {
  const lines: string[] = [];
  let served: Ran['environment'];
  const holder = definePlugin({
    name: 'holder',
    env: z.object({ TOKEN: z.string(), KEY: z.string().optional() }),
    secrets: ['TOKEN', 'KEY'],
    secretsForJobs: ['KEY'],
    setup({ hooks, env }) {
      hooks.resolveRegistration.tap(() => ({ id: 1, name: 'one', labels: [] }));
      hooks.modifyRunnerEnv.tap((given) => ({
        ...given,
        COPY: `x${env.TOKEN}`,
        FINE: 'yes',
        ...(env.KEY === undefined ? {} : { KEY: env.KEY, SHARED: env.KEY }),
      }));
      hooks.resolveServed.tap(({ environment: final, registration }) => {
        served = final;
        return { registration, reason: 'done' };
      });
      hooks.resolveNext.tap(() => 'stop');
    },
  });
  const runner = createRunner({
    config: { user: 'nobody', plugins: [holder(), ...more] },
    environment,
    write: (line) => lines.push(line),
  });
  const result = await runner.run();
  return { ...result, lines: lines.join(''), environment: served };
};

test('a copy of a secret does not reach jobs, and the log names the variable', async () => {
  const { exitCode, environment, lines } = await run({ TOKEN: SECRET });
  expect(exitCode).toBe(0);
  expect(environment).toEqual({ FINE: 'yes' });
  expect(lines).toContain('because they hold secrets: COPY');
  expect(lines).not.toContain(SECRET);
});

const writeSecret = async (name: string, mode: number): Promise<string> => {
  const file = join(directory, name);
  await writeFile(file, `${SECRET}-${name}\n`);
  await chmod(file, mode);
  return file;
};

test.runIf(process.getuid?.() === 0)(
  'a file of a secret that guest can read is refused',
  async () => {
    const file = await writeSecret('token', 0o644);
    const { exitCode, lines, environment } = await run({ TOKEN_FILE: file });
    expect(exitCode).toBe(78);
    expect(lines).toContain(
      `TOKEN_FILE: got ${JSON.stringify(file)}; can be read by nobody, and so by`,
    );
    expect(environment).toBeUndefined();
  },
);

test.runIf(process.getuid?.() === 0)(
  'one that only root can read, or that jobs need, is taken',
  async () => {
    const token = await writeSecret('token', 0o400);
    const key = await writeSecret('key', 0o644);
    const { exitCode, environment, lines } = await run({ TOKEN_FILE: token, KEY_FILE: key });
    expect(exitCode).toBe(0);
    expect(environment).toEqual({ FINE: 'yes', SHARED: `${SECRET}-key` });
    expect(lines).toContain('because they hold secrets: COPY, KEY');
    expect(lines).not.toContain(SECRET);
  },
);

test.runIf(process.getuid?.() === 0)(
  'one that several plugins read is one fault; a relative path is the path that was read',
  async () => {
    const file = relative(process.cwd(), await writeSecret('token', 0o644));
    const other = definePlugin({
      name: 'other',
      env: z.object({ TOKEN: z.string() }),
      secrets: ['TOKEN'],
      setup() {},
    });
    const { exitCode, lines } = await run({ TOKEN_FILE: file }, [other()]);
    expect(exitCode).toBe(78);
    expect(lines.split('can be read by nobody').length).toBe(2);
  },
);

test('settings of the supervisor reach plugins, and jobs only when a plugin passes them on', async () => {
  const given = {
    LOG_FORMAT: 'json',
    CI_RUNNER_CONFIG: '/etc/ci-runner.config.ts',
    CI_RUNNER_CONTROL_SOCKET: '/run/control.sock',
    CI_RUNNER_WORK_DIR: '/work',
    CI_RUNNER_REHEARSAL: 'marked',
    GH_LABELS: 'linux',
    TZ: 'UTC',
  };
  let seen: unknown;
  const passing = definePlugin({
    name: 'passing',
    setup({ hooks }) {
      hooks.modifyRunnerEnv.tap((environment, context) => {
        seen = context.environment;
        return { ...environment, CI_RUNNER_WORK_DIR: '/on/purpose' };
      });
    },
  });
  const kept = { CI_RUNNER_REHEARSAL: 'marked', GH_LABELS: 'linux', TZ: 'UTC', FINE: 'yes' };
  expect((await run({ ...given, TOKEN: SECRET })).environment).toEqual(kept);
  const passed = await run({ ...given, TOKEN: SECRET }, [passing()]);
  expect(passed.environment).toEqual({ ...kept, CI_RUNNER_WORK_DIR: '/on/purpose' });
  expect(seen).toEqual(given);
});
