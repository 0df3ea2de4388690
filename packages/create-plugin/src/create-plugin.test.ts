import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPlugin } from './create-plugin.ts';
import { readVersions, type Versions } from './manifest.ts';

const VERSIONS: Versions = {
  '@ci-runner/core': '^1.2.0',
  '@ci-runner/plugin-github-runner': '^1.0.0',
  '@ci-runner/sandbox': '^2.0.0',
  '@types/node': '^24.0.0',
  'ci-runner': '^3.0.0',
  node: '>=24.14',
  typescript: '~7.0.2',
  zod: '^4.6.7',
};

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'create-plugin-test-'));
});
afterEach(async () => rm(root, { recursive: true, force: true }));

const create = async (directory: string, packageName = '@acme/warm-cache') =>
  createPlugin({ directory, packageName, versions: VERSIONS });

const listFiles = async (directory: string): Promise<string[]> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .toSorted();
};

it('writes a package in which nothing of the template’s names is left', async () => {
  const directory = join(root, 'deep/warm');
  await create(directory);
  const files = await listFiles(directory);
  expect(files).toEqual([
    '.gitignore',
    'README.md',
    'ci-runner.config.ts',
    'package.json',
    'src/index.ts',
    'src/warm-cache.ts',
    'tests/make-machine.ts',
    'tests/run-a-job.ts',
    'tests/warm-cache.test.ts',
    'tsconfig.build.json',
    'tsconfig.json',
  ]);
  for (const file of files) {
    const text = await readFile(join(directory, file), 'utf8');
    expect(text, file).not.toMatch(/my.?plugin|\{\{/i);
  }
  const source = await readFile(join(directory, 'src/warm-cache.ts'), 'utf8');
  expect(source).toContain("name: 'warm-cache'");
  expect(source).toContain('export const warmCache: PluginFactory<WarmCacheOptions | undefined>');
  expect(source).toContain('WARM_CACHE_NAME');
});

it('depends on the versions that it is given', async () => {
  await create(root);
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({
    name: '@acme/warm-cache',
    dependencies: { zod: '^4.6.7' },
    devDependencies: { '@ci-runner/core': '^1.2.0', typescript: '~7.0.2' },
    peerDependencies: { '@ci-runner/core': '^1.2.0' },
    engines: { node: '>=24.14' },
  });
});

it('takes a directory that git has just made', async () => {
  await mkdir(join(root, '.git'));
  await create(root);
  expect(await listFiles(root)).toContain('package.json');
});

it('refuses a directory that is not empty, and leaves it as it was', async () => {
  for (const name of ['b', 'a', 'c', 'd', 'e']) await writeFile(join(root, name), '');
  await expect(create(root)).rejects.toThrow(
    `${root} is not empty (a, b, c and 2 more): name another directory, or empty this one`,
  );
  expect(await listFiles(root)).toEqual(['a', 'b', 'c', 'd', 'e']);
});

it('refuses a file', async () => {
  const file = join(root, 'file');
  await writeFile(file, '');
  await expect(create(file)).rejects.toThrow(`${file} is a file: name a directory`);
});

it('makes nothing of a name that cannot be used', async () => {
  const directory = join(root, 'new');
  await expect(create(directory, 'Not A Name')).rejects.toThrow('npm takes no package');
  expect(await readdir(root)).toEqual([]);
});

it('knows no versions before it is packed, and says so', async () => {
  await expect(readVersions()).rejects.toThrow('which only the packed package knows');
});
