import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { directory, GOOD, load, NAME, put, refused } from './config-files.ts';

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
