import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CI_RUNNER, runCommand } from './run-command.ts';

const SECRET = 'sup3rs3cretvalue';
const GOOD = {
  CI_RUNNER_USER: 'nobody',
  GH_TOKEN: SECRET,
  GH_REPOSITORY: 'octo/app',
  GH_LABELS: 'linux',
};

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ci-runner-check-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** A configuration whose plugin has this `setup`, after the statements of `top`. */
const configFile = async ({ top = '', setup = '' }): Promise<string> => {
  const file = join(directory, 'ci-runner.config.ts');
  const text = `
    import { defineConfig, definePlugin, stockPlugins } from 'ci-runner';
    const url = 'https://x:' + process.env.GH_TOKEN + '@h';
    ${top}
    const mine = definePlugin({ name: 'mine', setup({ hooks }) { ${setup} } });
    export default defineConfig({ plugins: [...stockPlugins(), mine()] });
  `;
  await writeFile(file, text, { mode: 0o644 });
  return file;
};

const cases = [
  ['a floating rejection in a setup', { setup: 'void Promise.reject(new Error(url));' }],
  ['a timer in a setup', { setup: 'setImmediate(() => { throw new Error(url); });' }],
  ['a floating rejection in the file', { top: 'void Promise.reject(new Error(url));' }],
  ['the file itself', { top: 'throw new Error(url);' }],
] as const;

for (const command of ['check', 'start']) {
  test.each(cases)(`${command} shows no secret of %s, and fails`, async (_name, parts) => {
    const environment = { ...GOOD, CI_RUNNER_CONFIG: await configFile(parts) };
    const { code, signal, stderr, stdout } = await runCommand(
      [...CI_RUNNER, command],
      // Nothing is to be registered anywhere when the failure comes late.
      { ...environment, GH_HOST: 'http://127.0.0.1:9' },
    );
    const all = stdout + stderr;
    expect(all).not.toContain(SECRET);
    expect(all).toContain('https://x:***@h');
    expect(all).not.toMatch(/^\s+at /m);
    expect([code, signal]).toEqual(['the file itself'].includes(_name) ? [78, null] : [70, null]);
  });
}
