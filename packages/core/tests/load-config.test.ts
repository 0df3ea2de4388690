import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LoadConfigOptions } from '../src/index.ts';
import { nodeCommand, runToEnd } from './node-command.ts';

const GOOD = 'export default { labels: ["a"], plugins: [] };\n';
const NAME = 'ci-runner.config.ts';
const asRootUser = process.getuid?.() === 0;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ci-runner-config-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

const put = async (path: string, text: string): Promise<string> => {
  const file = join(directory, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { mode: 0o644 });
  return file;
};

interface Outcome {
  readonly file?: string;
  readonly labels?: readonly string[];
  readonly code?: string;
  readonly exitCode?: number;
  readonly message?: string;
}

/** In a Node of its own: vitest would transform the files, so that an enum, for one, would not be refused. */
const load = async (
  options: LoadConfigOptions,
  workingDirectory = '/',
  before = '',
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
    'env',
    `--chdir=${workingDirectory}`,
    ...nodeCommand(program),
  ]);
  return JSON.parse(stdout) as Outcome;
};

describe('the lookup', () => {
  test('takes the given file and no other', async () => {
    await put(`image/${NAME}`, GOOD);
    const file = await put('elsewhere/my.mjs', 'export default { labels: ["b"], plugins: [] };');
    expect(await load({ file, searchFrom: directory })).toEqual({ file, labels: ['b'] });
  });

  test('takes the image’s file before those of the working directory', async () => {
    const file = await put(`image/${NAME}`, GOOD);
    await put(`work/${NAME}`, GOOD);
    expect(await load({ searchFrom: join(directory, 'work') })).toMatchObject({ file });
  });

  test('goes upward from the working directory', async () => {
    const file = await put(`work/${NAME}`, GOOD);
    await put('work/a/b/other.txt', '');
    expect(await load({ searchFrom: join(directory, 'work/a/b') })).toMatchObject({ file });
  });

  test('goes no further than a package', async () => {
    await put(`work/${NAME}`, GOOD);
    await put('work/a/package.json', '{}');
    expect(await load({ searchFrom: join(directory, 'work/a') })).toEqual({});
  });

  test('does not look at the working directory unasked', async () => {
    await put(NAME, GOOD);
    expect(await load({})).toEqual({});
  });

  test.each(['ts', 'mts', 'js', 'mjs'])('finds a file that ends with .%s', async (ending) => {
    await put('image/package.json', '{ "type": "module" }');
    const file = await put(`image/ci-runner.config.${ending}`, GOOD);
    expect(await load({})).toEqual({ file, labels: ['a'] });
  });
});

const refused = (file: string, ...words: readonly string[]): unknown => ({
  code: 'CONFIG_FILE_INVALID',
  exitCode: 78,
  message: expect.stringMatching(
    new RegExp(`^${RegExp.escape(file)}: .*${words.map((word) => RegExp.escape(word)).join('.*')}`),
  ) as string,
});

const FAULTY: readonly [string, string, readonly string[]][] = [
  ['empty', '', ['export default defineConfig']],
  ['blank', '\n\n', ['export default defineConfig']],
  ['without a default export', 'export const config = {};', ['export default defineConfig']],
  ['null', 'export default null;', ['export default defineConfig']],
  ['a function', 'export default () => ({});', ['export default defineConfig']],
  ['without plugins', 'export default { labels: [] };', ['no list of plugins']],
  ['with a nested list', 'export default { plugins: [false, []] };', ['plugins[1]', 'spread it']],
  [
    'with a factory that is not called',
    'const mine = () => {}; export default { plugins: [mine] };',
    ['plugins[0]', 'mine()'],
  ],
  ['with something else', 'export default { plugins: ["a"] };', ['plugins[0] is not what']],
  ['with an error of syntax', 'export default {\n  labels: [\n};', ['cannot be loaded', ':3']],
  ['with an enum', 'enum A { X }\nexport default { plugins: [A.X] };', ['enum is not supported']],
  [
    'with a missing package',
    "import a from '@acme/missing';\nexport default { plugins: [a] };",
    ["'@acme/missing'"],
  ],
  [
    'with a missing file',
    "import a from './nowhere.ts';\nexport default { plugins: [a] };",
    ['nowhere.ts'],
  ],
  [
    'with a missing export',
    "import { nothing } from 'node:fs';\nexport default { plugins: [nothing] };",
    ["'nothing'", ':1'],
  ],
  [
    'that fails on a file of its own',
    "import { readFileSync } from 'node:fs';\nreadFileSync('/no/file');\nexport default {};",
    ['ENOENT', '/no/file'],
  ],
  ['that throws a word', "throw 'a word';", ['a word']],
];

describe.each([
  ['given', true],
  ['found', false],
])('a %s file', (_how, given) => {
  test.each(FAULTY)('%s is refused, with the cause', async (_name, text, words) => {
    const file = await put(`image/${NAME}`, text);
    expect(await load(given ? { file } : {})).toEqual(refused(file, ...words));
  });
});

test('a file that waits for something that never comes is refused', async () => {
  const file = await put(NAME, 'await new Promise(() => {});\nexport default { plugins: [] };');
  const hasty = `
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (work, ms) => setTimeout(work, ms / 100);
  `;
  expect(await load({ file }, '/', hasty)).toEqual(
    refused(file, 'cannot be loaded', 'top-level await', '60 s'),
  );
});

test('a given file that is not there is a fault', async () => {
  const file = join(directory, NAME);
  expect(await load({ file })).toEqual(refused(file, 'cannot be loaded', 'ENOENT'));
});

test('a given file of another kind is refused: nobody would check whose it is', async () => {
  const file = await put('my.cjs', 'module.exports = { plugins: [] };');
  expect(await load({ file })).toEqual(refused(file, '.ts, .mts, .js, .mjs'));
});

describe('as root', () => {
  test.skipIf(!asRootUser)('runs a file that root owns and only root can write', async () => {
    const file = await put(`image/${NAME}`, GOOD);
    expect(await load({ asRoot: true })).toMatchObject({ file });
  });

  test.each([0o664, 0o646])('does not run a file of mode %o', async (mode) => {
    const file = await put(`image/${NAME}`, `console.log('ran');\n${GOOD}`);
    await chmod(file, mode);
    const words = asRootUser ? ['others can write it'] : ['does not belong to root'];
    expect(await load({ asRoot: true })).toEqual(refused(file, ...words, 'chmod go-w'));
    expect(await load({ file, asRoot: true })).toEqual(refused(file, ...words));
  });

  test.each(['js', 'mjs', 'cjs', 'ts'])(
    'does not run the .config/config.%s that cosmiconfig has for itself',
    async (ending) => {
      await put(`.config/config.${ending}`, "console.log('ran');\n");
      const file = await put(`image/${NAME}`, GOOD);
      expect(await load({ file }, directory)).toMatchObject({ file });
    },
  );

  test('does not run a file of somebody else', async () => {
    const file = await put(`image/${NAME}`, `console.log('ran');\n${GOOD}`);
    if (asRootUser) await chown(file, 23456, 23456);
    expect(await load({ asRoot: true })).toEqual(refused(file, 'does not belong to root'));
  });

  describe.skipIf(!asRootUser)(
    'does not run a file whose place others can give to another one',
    () => {
      test.each([
        ['others can write the directory', 0, 0o777, 'can be written by others'],
        ['the directory is somebody else’s', 23456, 0o755, 'does not belong to root'],
      ])('because %s', async (_, owner, mode, words) => {
        const file = await put(`image/${NAME}`, `console.log('ran');\n${GOOD}`);
        const place = join(directory, 'image');
        await chown(place, owner, owner);
        await chmod(place, mode);
        expect(await load({ asRoot: true })).toEqual(refused(file, place, words));
      });

      test('because a directory further up is somebody else’s', async () => {
        const file = await put(`image/${NAME}`, `console.log('ran');\n${GOOD}`);
        await chown(directory, 23456, 23456);
        expect(await load({ asRoot: true })).toEqual(
          refused(file, `directory ${directory} does not`),
        );
      });

      test('because the link to it is in a place of somebody else', async () => {
        const file = await put(`own/${NAME}`, `console.log('ran');\n${GOOD}`);
        const link = await put(`theirs/${NAME}`, '');
        await rm(link);
        await symlink(file, link);
        const place = join(directory, 'theirs');
        await chown(place, 23456, 23456);
        expect(await load({ file: link, asRoot: true })).toEqual(refused(link, place));
      });
    },
  );

  test.skipIf(!asRootUser)('runs a file of root in a directory like /tmp', async () => {
    const file = await put(`image/${NAME}`, GOOD);
    await chmod(join(directory, 'image'), 0o1777);
    expect(await load({ asRoot: true })).toMatchObject({ file });
  });
});
