import { cp, globSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { ROOT, tool } from '../scripts/run-step.ts';
import { packages, type Manifest } from './packages.ts';
import { succeed } from './run-program.ts';

const copy = promisify(cp);

const MANIFESTS = [
  'package.json',
  'pnpm-workspace.yaml',
  'pnpm-lock.yaml',
  '.changeset/config.json',
  ...packages.map(({ folder }) => `packages/${folder}/package.json`),
];

/** Lets changesets work on the manifests alone; resolves to what got which version, of those that changed. */
const versionsAfter = async (changeset: string): Promise<Record<string, string>> => {
  const cwd = await mkdtemp(join(tmpdir(), 'ci-runner-versions-'));
  onTestFinished(async () => rm(cwd, { recursive: true, force: true }));
  for (const path of MANIFESTS) await copy(join(ROOT, path), join(cwd, path));
  await writeFile(join(cwd, '.changeset/calm-dogs-run.md'), changeset);
  await succeed(['git', 'init', '--quiet', '--initial-branch=main'], { cwd });
  await succeed(tool('changeset', 'version'), { cwd });
  const changed: Record<string, string> = {};
  for (const { folder, manifest } of packages) {
    const path = join(cwd, 'packages', folder, 'package.json');
    const { name, version } = JSON.parse(await readFile(path, 'utf8')) as Manifest;
    if (version !== manifest.version) changed[name] = version;
  }
  expect(globSync('packages/*/CHANGELOG.md', { cwd })).toHaveLength(Object.keys(changed).length);
  return changed;
};

const bump = (version: string, part: 'minor' | 'patch'): string => {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return part === 'minor' ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
};

const versionOf = (wanted: string): string =>
  packages.find(({ manifest }) => manifest.name === wanted)?.manifest.version ?? '';

it('a plugin is released with the command that bundles it, and with nothing else', async () => {
  const plugin = '@ci-runner/plugin-forward';
  expect(await versionsAfter(`---\n'${plugin}': patch\n---\n\nMended.\n`)).toEqual({
    [plugin]: bump(versionOf(plugin), 'patch'),
    'ci-runner': bump(versionOf('ci-runner'), 'patch'),
  });
});

it('what new plugins build on takes create-plugin along when it leaves the range', async () => {
  const changed = await versionsAfter(`---\n'@ci-runner/sandbox': minor\n---\n\nBroken.\n`);
  expect(changed).toMatchObject({
    '@ci-runner/sandbox': bump(versionOf('@ci-runner/sandbox'), 'minor'),
    '@ci-runner/create-plugin': bump(versionOf('@ci-runner/create-plugin'), 'patch'),
  });
});
