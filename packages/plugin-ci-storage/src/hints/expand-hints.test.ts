import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expandHints } from './expand-hints.ts';
import { findFiles } from './find-files.ts';

let directory: string;

const FILES = [
  'package.json',
  'b.json',
  'a/package.json',
  'a/b/c/package.json',
  'a/.hidden/package.json',
  '.dot.json',
  'x[1].json',
  'x1.json',
  'x-.json',
  'x^.json',
  'a b.json',
  'ä.json',
  '\u{1F600}.json',
  '\uFFFD.json',
  'dir.json/inner.json',
  'new\nline.json',
  'A.JSON',
  'x].json',
  'x!.json',
];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hints-'));
  for (const name of FILES) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), `content of ${name}\n`);
  }
  symlinkSync('a', join(directory, 'link'));
  symlinkSync('nowhere', join(directory, 'dangling.json'));
});

afterAll(() => rmSync(directory, { recursive: true }));

const findAll = async (pattern: string): Promise<string[]> => {
  const found = new Set<string>();
  for await (const path of findFiles(pattern, directory)) if (path !== '') found.add(path);
  return [...found].toSorted(byBytes);
};

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const sha = (...names: readonly string[]): string =>
  `@${createHash('sha256')
    .update(names.map((name) => `content of ${name}\n`).join(''))
    .digest('hex')
    .slice(0, 16)}`;

test('lines hold hints that blanks separate', async () => {
  expect(await expandHints(['a b\n\n c\t d ', 'e', ' '], directory)).toEqual([
    'a',
    'b',
    'c',
    'd',
    'e',
  ]);
});

test('a line after @ is the digest of the files, sorted and each once', async () => {
  const hints = ['@package.json b.json', '@ b.json package.json b.json', '@a/**/package.json'];
  expect(await expandHints(hints, directory)).toEqual([
    sha('b.json', 'package.json'),
    sha('b.json', 'package.json'),
    sha('a/b/c/package.json', 'a/package.json'),
  ]);
});

test('files are sorted by code points', async () => {
  const pattern = '@\u{1F600}.jso? \uFFFD.jso?';
  expect(await expandHints([pattern], directory)).toEqual([sha('\uFFFD.json', '\u{1F600}.json')]);
});

test('a pattern that matches nothing is no error, and directories that it matches are left out', async () => {
  expect(await expandHints(['@none*', '@dir.json/* dir*'], directory)).toEqual([
    sha(),
    sha('dir.json/inner.json'),
  ]);
});

test.for(['missing.json', 'a'])(
  'a named file that cannot be read is an error: %s',
  async (name) => {
    await expect(expandHints([`@package.json ${name}`], directory)).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining(
        `${name}, of which a hint is made, cannot be read`,
      ) as string,
    });
  },
);

const hasPython = ((): boolean => {
  try {
    execFileSync('python3', ['-V']);
    return true;
  } catch {
    return false;
  }
})();

/** What the action's own language finds. */
const globOfPython = (pattern: string): string[] =>
  JSON.parse(
    execFileSync(
      'python3',
      [
        '-c',
        'import glob, json, sys; print(json.dumps(sorted(set(glob.glob(sys.argv[1], recursive=True)))))',
        pattern,
      ],
      { cwd: directory, encoding: 'utf8' },
    ),
  ) as string[];

test
  .skipIf(!hasPython)
  .for([
    '*.json',
    '**/*.json',
    '**',
    '**/',
    'a/**',
    'a/**/package.json',
    '**/package.json',
    '**/**/*.json',
    '*/package.json',
    '.*',
    '**/.hidden/*',
    'a/.h*/*',
    'x[1].json',
    'x[[]1].json',
    'x[!1].json',
    'x[^1].json',
    'x[]-].json',
    'x[!]-].json',
    'x[0-9].jso?',
    'x[.jso*',
    'x[9-0].jso?',
    './*.json',
    './/a//*',
    '*/',
    'a**',
    '**a/*',
    'd*/i*',
    'link/**/p*',
    'none/*',
    '*.json/',
    '*.JSON',
    'dangling*',
    '?.json',
    'new*',
    '*/b/..//*',
  ])('finds what the action finds: %s', async (pattern) => {
  expect(await findAll(pattern)).toEqual(globOfPython(pattern).toSorted(byBytes));
});

test.skipIf(!hasPython)('finds what the action finds, from the root', async () => {
  const pattern = `${directory}/a/*`;
  expect(await findAll(pattern)).toEqual(globOfPython(pattern));
});
