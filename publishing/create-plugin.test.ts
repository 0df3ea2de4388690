import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { emptyProject, GUEST } from './empty-project.ts';
import { runProgram, succeed } from './run-program.ts';

const env = { NPM_CONFIG_USERCONFIG: inject('release').npmrc };

const CONFIG = `import { defineConfig, stockPlugins } from 'ci-runner';
import { warmCache } from '@acme/warm-cache';

export default defineConfig({ labels: ['linux'], plugins: [...stockPlugins(), warmCache({ greeting: 'Hi' })] });
`;

it('what npm create makes type-checks, tests itself, publishes, and is used by others', async () => {
  const cwd = await emptyProject();
  // npm keeps what `npm create` has run, by name and version.
  const fresh = { ...env, NPM_CONFIG_CACHE: join(cwd, 'cache') };
  const create = ['npm', 'create', '--yes', '@ci-runner/plugin', '--'] as const;
  const made = await succeed([...create, 'warm', '--name', '@acme/warm-cache'], {
    cwd,
    env: fresh,
  });
  expect(made).toContain('Made @acme/warm-cache in warm. Next:');

  const plugin = { cwd: join(cwd, 'warm'), env };
  await succeed(['npm', 'install', '--no-audit', '--no-fund'], plugin);
  // Its prepublishOnly checks the types, tests and builds.
  const published = await succeed(['npm', 'publish'], plugin);
  expect(published).toMatch(/pass 2\b[\s\S]*fail 0\b/);
  expect(published).toContain('+ @acme/warm-cache@0.1.0');

  const user = { cwd: await emptyProject(), env };
  await succeed(['pnpm', 'add', 'ci-runner', '@ci-runner/core', '@acme/warm-cache'], user);
  await writeFile(join(user.cwd, 'ci-runner.config.ts'), CONFIG);
  const checked = await succeed([join(user.cwd, 'node_modules/.bin/ci-runner'), 'check'], {
    cwd: user.cwd,
    env: {
      GH_TOKEN: 'ghp_0123456789',
      GH_REPOSITORY: 'octo/app',
      CI_RUNNER_USER: GUEST,
    },
  });
  expect(checked).toContain('warm-cache');

  // What was made is in the way of the next one.
  const again = await runProgram([...create, 'warm', '--name', '@acme/warm-cache'], {
    cwd,
    env: fresh,
  });
  expect(again.code).not.toBe(0);
  expect(again.output).toContain('warm is not empty');
});

it('asks on a terminal, and without one says what is missing', async () => {
  const cwd = await emptyProject();
  await succeed(['npm', 'install', '--no-audit', '--no-fund', '@ci-runner/create-plugin'], {
    cwd,
    env,
  });
  const command = join(cwd, 'node_modules/.bin/create-plugin');
  const { code, output } = await runProgram([command], { cwd });
  expect(code).toBe(64);
  expect(output).toContain('no directory is named, and no terminal is there to ask');

  const refused = await runProgram([command, 'a'.repeat(300), '--name', '@acme/asked'], { cwd });
  expect(refused).toMatchObject({ code: 73 });
  expect(refused.output).toMatch(/^create-plugin: ENAMETOOLONG: [^\n]+\n$/);

  const said = await succeed(['script', '-qec', command, '/dev/null'], {
    cwd,
    answers: { 'Directory (my-plugin): ': 'asked', 'Package name (asked): ': '@acme/asked' },
  });
  expect(said).toContain('Made @acme/asked in asked.');
  const manifest: unknown = JSON.parse(await readFile(join(cwd, 'asked/package.json'), 'utf8'));
  expect(manifest).toMatchObject({ name: '@acme/asked' });
});
