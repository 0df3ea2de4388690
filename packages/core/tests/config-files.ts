import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import type { LoadConfigOptions } from '../src/index.ts';
import { nodeCommand, runToEnd } from './node-command.ts';

/** A configuration. */
export const GOOD = 'export default { labels: ["a"], plugins: [] };\n';
/** Of its file. */
export const NAME = 'ci-runner.config.ts';

/** Of one test. */
export let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ci-runner-config-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Writes a file into the directory. */
export const put = async (path: string, text: string): Promise<string> => {
  const file = join(directory, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { mode: 0o644 });
  return file;
};

/** What a load comes to. */
interface Outcome {
  readonly file?: string;
  readonly labels?: readonly string[];
  readonly code?: string;
  readonly exitCode?: number;
  readonly message?: string;
}

/** In a Node of its own: vitest would transform the files, so that an enum, for one, would not be refused. */
export const load = async (
  options: LoadConfigOptions,
  workingDirectory = '/',
  before = '',
  within: readonly string[] = [],
): Promise<Outcome> => {
  const given = { asRoot: false, imageDirectory: join(directory, 'image'), ...options };
  const program = `
    import { loadConfig } from 'CORE/config/load-config.ts';
    ${before}
    const outcome = await loadConfig(${JSON.stringify(given)}).then(
      (loaded) => ({ file: loaded?.file, labels: loaded?.input.labels }),
      ({ code, exitCode, message }) => ({ code, exitCode, message }),
    );
    console.log(JSON.stringify(outcome));
  `;
  const { stdout } = await runToEnd([
    ...within,
    'env',
    `--chdir=${workingDirectory}`,
    ...nodeCommand(program),
  ]);
  return JSON.parse(stdout) as Outcome;
};

/** What is refused, with these words in its message. */
export const refused = (file: string, ...words: readonly string[]): unknown => ({
  code: 'CONFIG_FILE_INVALID',
  exitCode: 78,
  message: expect.stringMatching(
    new RegExp(`^${RegExp.escape(file)}: .*${words.map((word) => RegExp.escape(word)).join('.*')}`),
  ) as string,
});
