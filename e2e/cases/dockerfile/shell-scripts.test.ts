import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../../../scripts/run-step.ts';
import { runProgram, tryProgram } from '../../run-program.ts';
import { readDockerfile } from './read-dockerfile.ts';

const dialectOf = (path: string, text: string): 'bash' | 'sh' | undefined => {
  const [, interpreter] = /^#!\S*\/(?:env )?(bash|sh)\b/.exec(text) ?? [];
  if (interpreter === 'bash' || interpreter === 'sh') return interpreter;
  if (/\/\.bash\w*$|\.bash$/.test(path)) return 'bash';
  return path.endsWith('.sh') ? 'sh' : undefined;
};

const files = (await runProgram(['git', '-C', ROOT, 'ls-files', '-z'])).split('\0').filter(Boolean);
const read = await Promise.all(
  files
    .filter((path) => !/\.(?:ts|md|json|yaml|yml)$/.test(path))
    .map(async (path) => [path, await readFile(join(ROOT, path), 'utf8').catch(() => '')] as const),
);
const scripts = read.flatMap(([path, text]) => {
  const dialect = dialectOf(path, text);
  return dialect === undefined ? [] : [{ path, dialect }];
});

/** A script that stands in a file of another kind. */
interface Part {
  readonly path: string;
  readonly dialect: 'bash' | 'sh';
  readonly script: string;
}

const ofDockerfile = async (path: string): Promise<Part[]> =>
  (await readDockerfile(path))
    .filter(({ name }) => name === 'RUN')
    .map(({ text }) => ({ path, dialect: 'sh', script: text }));

/** All that is run, wherever it stands in a workflow or an action. */
const runsIn = (node: unknown): string[] => {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) =>
    key === 'run' && typeof value === 'string' ? [value] : runsIn(value),
  );
};

const ofWorkflow = async (path: string): Promise<Part[]> =>
  runsIn(parse(await readFile(join(ROOT, path), 'utf8'))).map((script) => ({
    path,
    dialect: 'bash',
    script,
  }));

const parts = (
  await Promise.all([
    // Not the documented one, which stands for itself and has dots to be filled in.
    ...files.filter((path) => /^docker\/(?:.*\/)?Dockerfile$/.test(path)).map(ofDockerfile),
    ...files
      .filter((path) => /^\.github\/(?:workflows|actions)\/.*\.yml$/.test(path))
      .map(ofWorkflow),
  ])
).flat();

const has = await tryProgram(['shellcheck', '--version']).then(
  () => true,
  () => false,
);
const mayBeSkipped = process.env['CI'] !== 'true' || process.getuid?.() !== 0;

describe.skipIf(!has && mayBeSkipped)('shellcheck has nothing to say about', () => {
  test.each(scripts)('$path', async ({ path, dialect }) => {
    // Followed sources of the base image are not here.
    const args = ['--shell', dialect, '--external-sources', '--exclude=SC1091', path];
    const { code, stdout } = await tryProgram(['shellcheck', ...args], { cwd: ROOT });
    expect(stdout).toBe('');
    expect(code).toBe(0);
  });

  test.each(parts)('what $path runs: $script', async ({ dialect, script }) => {
    const args = ['--shell', dialect, '-'];
    const { code, stdout } = await tryProgram(['shellcheck', ...args], { input: script });
    expect(stdout).toBe('');
    expect(code).toBe(0);
  });

  test('there are scripts of the image among them', () => {
    expect(scripts.map(({ path }) => path)).toContain('docker/rootfs/root/.bash_profile');
    expect(parts.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['docker/Dockerfile', '.github/workflows/image.yml']),
    );
  });
});
