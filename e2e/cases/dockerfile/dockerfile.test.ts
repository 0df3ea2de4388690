import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../../packages/ci-runner/src/commands/catalogue.ts';
import { ROOT } from '../../../scripts/run-step.ts';
import { readDockerfile, type Instruction } from './read-dockerfile.ts';

const only = (instructions: readonly Instruction[], ...names: string[]): string[] =>
  instructions.filter(({ name }) => names.includes(name)).map(({ text }) => text);

const SECRET = /TOKEN|SECRET|PASSW|PRIVATE|CREDENTIAL/i;

describe.each([
  'docker/Dockerfile',
  'docker/ci-storage/Dockerfile',
  'docker/examples/derived/Dockerfile',
])('%s, to be shipped or copied,', async (path) => {
  const instructions = await readDockerfile(path);

  test('installs packages without recommended ones, and keeps no list of packages', () => {
    for (const text of only(instructions, 'RUN').filter((one) => one.includes('apt-get install'))) {
      expect(text).toMatch(/apt-get update && /);
      expect(text).toContain('--no-install-recommends');
      expect(text).toContain('rm -rf /var/lib/apt/lists/*');
    }
  });

  test('takes nothing from the network that it does not verify', () => {
    expect(only(instructions, 'ADD')).toEqual([]);
    for (const text of only(instructions, 'RUN').filter((one) => /\b(?:curl|wget) -/.test(one))) {
      expect(text).toContain('sha256sum --check');
    }
  });

  test('has no place for a secret in its arguments and variables', () => {
    for (const text of only(instructions, 'ARG', 'ENV')) expect(text).not.toMatch(SECRET);
  });
});

describe.each(['docker/Dockerfile', 'docker/ci-storage/Dockerfile'])('%s', async (path) => {
  const instructions = await readDockerfile(path);

  test('begins from images with a tag that names a release', () => {
    const defaults = new Map(
      only(instructions, 'ARG').map((text): [string, string] => {
        const [name = '', value = ''] = text.split('=');
        return [name, value];
      }),
    );
    const stages = new Set(
      only(instructions, 'FROM').flatMap((text) => / AS (\S+)$/i.exec(text)?.[1] ?? []),
    );
    const images = only(instructions, 'FROM').map((text) =>
      (text.split(' ')[0] ?? '').replace(
        /^\$\{?(\w+)\}?$/,
        (_all, name: string) => defaults.get(name) ?? '',
      ),
    );
    const untagged = images.filter(
      (image) => !stages.has(image) && !/^[\w./-]+:(?!latest$)[\w.-]+$/.test(image),
    );
    expect(untagged).toEqual([]);
  });

  test('copies no mode from a checkout, neither of a file nor of a directory', async () => {
    const last = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
    const copies = only(last, 'COPY').filter((text) => !text.includes('--from='));
    expect(copies.length).toBeGreaterThan(0);
    for (const text of copies) {
      expect(text).toMatch(/^--chmod=[67][45][45] /);
      const context = path === 'docker/Dockerfile' ? ROOT : join(ROOT, dirname(path));
      for (const source of text.split(' ').slice(1, -1)) {
        expect((await stat(join(context, source))).isFile()).toBe(true);
      }
    }
  });

  test('starts its programs without a shell between', () => {
    const started = only(instructions, 'ENTRYPOINT', 'CMD');
    expect(started.length).toBeGreaterThan(0);
    for (const text of started) expect(text).toMatch(/^\[.*\]$/);
    expect(only(instructions, 'HEALTHCHECK').join('\n')).toMatch(/ CMD \[.*\]$/);
  });
});

test('each package of the image has its reason', async () => {
  const lines = (await readFile(join(ROOT, 'docker/Dockerfile'), 'utf8')).split('\n');
  const from = lines.findIndex((line) => line.includes('apt-get install'));
  const to = lines.findIndex((line, index) => index > from && line.includes('&&'));
  const packages = lines.slice(from + 1, to);
  expect(packages.length % 2).toBe(0);
  packages.forEach((line, index) => {
    expect(line).toMatch(index % 2 === 0 ? /^ {4}# \S.+[.,:]?.*$/ : /^ {4}\S+ \\$/);
  });
});

test('every command that is documented can follow the name of the image', async () => {
  const entrypoint = await readFile(
    join(ROOT, 'docker/rootfs/opt/ci-runner/bin/entrypoint'),
    'utf8',
  );
  const words = /^ {2}(.*)\) exec \/usr\/bin\/ci-runner/m.exec(entrypoint)?.[1]?.split(' | ');
  const documented = commands.filter(({ hidden }) => hidden !== true).map(({ name }) => name);
  expect(words?.toSorted()).toEqual([...documented, 'help', '-*'].toSorted());
});

test('its Node and its pnpm are those that ./dev brings', async () => {
  const dev = await readFile(join(ROOT, 'dev'), 'utf8');
  const pinned = (name: string): string => new RegExp(`^${name}=(\\S+)$`, 'm').exec(dev)?.[1] ?? '';
  const args = only(await readDockerfile('docker/Dockerfile'), 'ARG');
  expect(args).toContain(`NODE_IMAGE=node:${pinned('NODE_VERSION')}-trixie-slim`);
  expect(args).toContain(`PNPM_VERSION=${pinned('PNPM_VERSION')}`);
});
