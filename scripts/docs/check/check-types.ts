import { execFile } from 'node:child_process';
import { glob, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, tool } from '../../run-step.ts';
import type { CodeBlock } from './read-blocks.ts';

const run = promisify(execFile);

/** The one package besides ours that blocks import. */
const ZOD = join(ROOT, 'packages/plugin-forward/node_modules/zod');

/** What a block that imports nothing may use: it is taken for lines of a plugin's `setup`. */
const IMPORTS = `
import { defineConfig, definePlugin, stockPlugins } from 'ci-runner';
import { ConfigurationError, RunnerError, type PluginContext } from '@ci-runner/core';
import { ciStorage } from '@ci-runner/plugin-ci-storage';
import { awsLifecycle, cloudwatch } from '@ci-runner/plugin-cloudwatch';
import { entrypoints } from '@ci-runner/plugin-entrypoints';
import { forward } from '@ci-runner/plugin-forward';
import { githubRunner } from '@ci-runner/plugin-github-runner';
import * as z from 'zod';
`;

/** What belongs to the reader's own organization is not there. */
const READER = `declare module '@acme/*';\n`;

const asModule = ({ text, given }: CodeBlock): string => {
  if (/^import\b/m.test(text)) return `${given}\n${text}`;
  const setup = `export const setup = async ({ hooks, log }: PluginContext<unknown, unknown>): Promise<void> => {\n${text}\n};`;
  return `${IMPORTS}\n${given}\n${setup}`;
};

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, { readonly 'ci-runner-source'?: string } | string>>;
}

/** Every name that our packages can be imported by, and the source behind it. */
const findPaths = async (): Promise<Record<string, string[]>> => {
  const paths: Record<string, string[]> = {};
  for await (const path of glob('packages/*/package.json', { cwd: ROOT })) {
    const { name, exports = {} } = JSON.parse(await readFile(join(ROOT, path), 'utf8')) as Manifest;
    for (const [key, entry] of Object.entries(exports)) {
      const source = typeof entry === 'string' ? undefined : entry['ci-runner-source'];
      if (source !== undefined) paths[join(name, key)] = [join(ROOT, dirname(path), source)];
    }
  }
  return paths;
};

/** What the compiler has against blocks, one line each; the place of the block stands in front. */
export const checkTypes = async (blocks: readonly CodeBlock[]): Promise<readonly string[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'ci-runner-blocks-'));
  try {
    const paths = await findPaths();
    const compilerOptions = { paths, noEmit: true, typeRoots: [join(ROOT, 'node_modules/@types')] };
    const config = {
      extends: join(ROOT, 'tsconfig.base.json'),
      compilerOptions,
      include: ['*.ts'],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    await writeFile(join(folder, 'reader.d.ts'), READER);
    await mkdir(join(folder, 'node_modules'));
    await symlink(ZOD, join(folder, 'node_modules/zod'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    for (const [index, block] of blocks.entries()) {
      await writeFile(join(folder, `block-${index}.ts`), asModule(block));
    }
    const [tsc, ...args] = tool('tsc', '-p', folder, '--pretty', 'false');
    const output = await run(tsc, args, { cwd: folder }).then(
      ({ stdout }) => stdout,
      (error: unknown) => (error as { stdout: string }).stdout,
    );
    return output
      .split('\n')
      .filter((line) => line.includes('error TS'))
      .map((line) =>
        line.replace(/^.*?block-(\d+)\.ts/, (_, index) => blocks[Number(index)]?.place ?? ''),
      );
  } finally {
    await rm(folder, { recursive: true });
  }
};
