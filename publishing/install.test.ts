import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { ROOT } from '../scripts/run-step.ts';
import { emptyProject, GUEST } from './empty-project.ts';
import { packages } from './packages.ts';
import { runProgram, succeed } from './run-program.ts';

const release = inject('release');
const env = { NPM_CONFIG_USERCONFIG: release.npmrc };
const names = packages.map(({ manifest }) => manifest.name);

/** Every module that can be imported, as users write it. */
const specifiers = packages.flatMap(({ manifest }) =>
  Object.keys(manifest.publishConfig.exports)
    .filter((path) => path !== './package.json')
    .map((path) => manifest.name + path.slice(1)),
);

const bins = packages.flatMap(({ manifest }) => Object.keys(manifest.bin ?? {}));

const importAll = `
  for (const specifier of ${JSON.stringify(specifiers)}) {
    const names = Object.keys(await import(specifier));
    if (names.length === 0) throw new Error(specifier + ' exports nothing');
    console.log(specifier);
  }`;

/** What imports and calls of the commands have said. */
const tryAll = async (cwd: string): Promise<{ imported: string[]; helped: string[] }> => {
  const imported = await succeed([process.execPath, '--eval', importAll], { cwd });
  const helped: string[] = [];
  for (const bin of bins) {
    const said = await succeed([join(cwd, 'node_modules/.bin', bin), '--help'], { cwd });
    if (/^usage: /i.test(said)) helped.push(bin);
  }
  return { imported: imported.trim().split('\n'), helped };
};

const ALL = { imported: specifiers, helped: bins };

it('everything is released', () => {
  expect(release.published.toSorted()).toEqual(
    packages.map(({ manifest }) => `${manifest.name}@${manifest.version}`).toSorted(),
  );
});

it.each(packages)('the tarball of $folder holds what is needed and no more', async (one) => {
  const { manifest } = one;
  const file = `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`;
  const listed = await succeed(['tar', '-tzf', join(release.tarballs, file)], { cwd: ROOT });
  const paths = listed.trim().split('\n');
  for (const path of [
    'LICENSE',
    'README.md',
    'package.json',
    'dist/index.mjs',
    'dist/index.d.mts',
  ]) {
    expect(paths).toContain(`package/${path}`);
  }
  const folders = [...manifest.files, 'LICENSE', 'README.md', 'package.json'].join('|');
  expect(paths.filter((path) => !new RegExp(`^package/(?:${folders})(?:/|$)`).test(path))).toEqual(
    [],
  );
  const packed = await succeed(
    ['tar', '-xzOf', join(release.tarballs, file), 'package/package.json'],
    { cwd: ROOT },
  );
  expect(packed).not.toMatch(/workspace:|catalog:|ci-runner-source/);
});

it('the command brings the licences of what is bundled into it', async () => {
  const { version } = packages.find(({ folder }) => folder === 'ci-runner')!.manifest;
  const file = join(release.tarballs, `ci-runner-${version}.tgz`);
  const path = 'package/dist/THIRD-PARTY-LICENSES.txt';
  const text = await succeed(['tar', '-xzOf', file, path], { cwd: ROOT });
  for (const name of ['@aws-sdk/client-cloudwatch', 'commander', 'pino', 'tapable', 'zod']) {
    expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\((?:MIT|Apache-2.0)\\)$`, 'm'));
  }
  expect(text).toContain('Permission is hereby granted, free of charge');
  expect(text).toContain('Apache License');
});

describe('in an empty project', () => {
  it('npm installs the packages; they can be imported, and the commands run', async () => {
    const cwd = await emptyProject();
    await succeed(['npm', 'install', '--no-audit', '--no-fund', ...names], { cwd, env });
    expect(await tryAll(cwd)).toEqual(ALL);
    const license = await readFile(join(cwd, 'node_modules/@ci-runner/core/LICENSE'), 'utf8');
    expect(license).toBe(await readFile(join(ROOT, 'LICENSE'), 'utf8'));
  });

  it('pnpm installs the packages; they can be imported, and the commands run', async () => {
    const cwd = await emptyProject();
    await succeed(['pnpm', 'add', ...names], { cwd, env });
    expect(await tryAll(cwd)).toEqual(ALL);
  });

  it('the command alone checks a configuration that imports it', async () => {
    const cwd = await emptyProject();
    await succeed(['pnpm', 'add', 'ci-runner'], { cwd, env });
    await writeFile(
      join(cwd, 'ci-runner.config.ts'),
      `import { defineConfig, stockPlugins } from 'ci-runner';
export default defineConfig({ labels: ['linux'], plugins: stockPlugins() });\n`,
    );
    const command = [join(cwd, 'node_modules/.bin/ci-runner'), 'check'] as const;
    const settings = {
      GH_TOKEN: 'ghp_0123456789',
      GH_REPOSITORY: 'octo/app',
      CI_RUNNER_USER: GUEST,
    };
    const checked = await succeed(command, { cwd, env: settings });
    expect(checked).toContain('ci-runner.config.ts');
    expect(checked).not.toContain(settings.GH_TOKEN);
    const { code, output } = await runProgram(command, { cwd });
    expect(code).toBe(78);
    expect(output).toContain('GH_TOKEN');
    await expect(access(join(cwd, 'node_modules/ci-runner/src'))).rejects.toThrow('ENOENT');
  });
});
