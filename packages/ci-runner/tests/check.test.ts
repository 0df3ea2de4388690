import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CI_RUNNER, runCommand } from './run-command.ts';

const check = [...CI_RUNNER, 'check'];
/** An account that every machine has: root may check nothing for one that is not there. */
const USER = { CI_RUNNER_USER: 'nobody' };
const GOOD = {
  ...USER,
  GH_TOKEN: 'ghp_verysecret',
  GH_REPOSITORY: 'octo/app',
  GH_LABELS: 'linux, x64',
};

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ci-runner-check-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

const writeConfig = async (text: string): Promise<string> => {
  const file = join(directory, 'ci-runner.config.ts');
  await writeFile(file, text, { mode: 0o644 });
  return file;
};

test('prints all faults at once, each with its variable, its value and the form it takes', async () => {
  const { code, stderr, stdout } = await runCommand(check, {
    ...USER,
    GH_REPOSITORY: 'x',
    GH_LABELS: 'linux',
    FORWARD_HOST: 'h',
    FORWARD_PORTS: 'abc 99999',
    CI_STORAGE_HOST: 'a b',
    BTIME: 'soon',
  });
  expect(code).toBe(78);
  expect(stdout).toBe('');
  const lines = stderr.split('\n').filter((line) => line.startsWith('  '));
  const names = new Set(lines.map((line) => line.trim().split(':')[0]));
  expect(names).toEqual(
    new Set(['BTIME', 'CI_STORAGE_HOST', 'FORWARD_PORTS', 'GH_REPOSITORY', 'GH_TOKEN']),
  );
  for (const got of ['"x"', '"abc 99999"', '"a b"', '"soon"'])
    expect(stderr).toContain(`got ${got}; takes`);
  for (const word of ['"abc"', '"99999"']) expect(stderr).toContain(word);
});

test('prints the settings, secrets masked', async () => {
  const { code, stdout, stderr } = await runCommand(check, GOOD);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toContain('repository: octo/app');
  expect(stdout).toContain('labels: linux, x64');
  expect(stdout).toContain('GH_TOKEN: ***');
  expect(stdout).not.toContain('verysecret');
});

test('prints the settings as JSON', async () => {
  const { stdout } = await runCommand([...check, '--json'], GOOD);
  expect(stdout).not.toContain('verysecret');
  expect(JSON.parse(stdout)).toMatchObject({
    file: null,
    core: { repository: 'octo/app', labels: ['linux', 'x64'], workDir: '/mnt' },
  });
});

test('a configuration outside of our tree imports our packages and its own plugins', async () => {
  const file = await writeConfig(`
    import { defineConfig, definePlugin, stockPlugins } from 'ci-runner';
    import { RunnerError } from '@ci-runner/core';
    const picky = definePlugin({
      name: 'picky',
      setup({ hooks }) {
        hooks.verifySetup.tap(() => [{ name: 'PICKY', expected: 'is never content, ' + RunnerError.name }]);
      },
    });
    export default defineConfig({ labels: ['from-file'], plugins: [...stockPlugins(), picky()] });
  `);
  const { code, stderr } = await runCommand([...check, '--config', file], {
    ...GOOD,
    GH_LABELS: '',
  });
  expect(code).toBe(78);
  expect(stderr).toContain('one fault');
  expect(stderr).toContain('PICKY: is never content, RunnerError');
});

test('a configuration that exports nothing is refused', async () => {
  const file = await writeConfig('export const config = {};\n');
  const { code, stderr } = await runCommand([...check, '--config', file], GOOD);
  expect(code).toBe(78);
  expect(stderr).toContain(file);
  expect(stderr).toContain('export default defineConfig');
});

test('an unknown command is a usage error', async () => {
  const { code, stderr } = await runCommand([...CI_RUNNER, 'bogus']);
  expect(code).toBe(64);
  expect(stderr).toContain("unknown command 'bogus'");
});
