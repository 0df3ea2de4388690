import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { localMetaPath } from '../src/slots/local-meta.ts';
import { createSite } from './command-site.ts';
import { ciStorage } from './run-command-line.ts';

let directory: string;
let local: string;
let elsewhere: string;
let storage: string;

beforeEach(async () => {
  ({ directory, local, elsewhere, storage } = await createSite());
});

const store = async (id = 'main', ...more: readonly string[]) =>
  ciStorage([
    'store',
    `--slot-id=${id}`,
    `--local-dir=${local}`,
    `--storage-dir=${storage}`,
    ...more,
  ]);

test('options and the action come in any order, and empty values count as none', async () => {
  const stored = await ciStorage([
    '--slot-id',
    'a/b',
    '--storage-host=',
    '--storage-max-age-sec=',
    '--storage-keep-hint-slots',
    '',
    'store',
    '--local-dir',
    `${local}//`,
    `--storage-dir=${storage}/`,
    '--hint=',
    '--exclude',
    '',
  ]);
  expect(stored).toMatchObject({ code: 0 });
  expect(stored.stdout).toMatch(/local is stored as slot a_b: 1 file, 7 B sent in \d+\.\d s\n$/);
  expect(await readdir(storage)).toEqual(['a_b']);
  const meta = 'full_snapshot_history=a_b\nhints=\n';
  expect(await readFile(localMetaPath(local), 'utf8')).toBe(meta);
});

test('ids are separated by blanks, hints by blanks and lines, patterns by lines', async () => {
  for (const name of ['x y.log', 'z.tmp', 'package.json'])
    await writeFile(join(local, name), 'content');
  const stored = await ciStorage(
    [
      'store',
      '--slot-id= main ',
      '--local-dir=local',
      `--storage-dir=${storage}`,
      '--hint',
      'a b\nc',
      '--hint=@local/package.json',
      '--exclude=x y.log\n\n*.tmp',
      '--exclude=none',
      '--json',
    ],
    { cwd: directory },
  );
  expect(JSON.parse(stored.stdout)).toEqual({
    ok: true,
    action: 'store',
    slot: 'main',
    files: 2,
    bytes: 14,
    cleanedUp: { busy: false, removed: [], kept: 1 },
  });
  await rm(localMetaPath('local'));
  expect(await readdir(join(storage, 'main'))).toEqual([
    '.ci-storage.meta',
    'file',
    'package.json',
  ]);
  // printf content | sha256sum
  expect(await readFile(join(storage, 'main/.ci-storage.meta'), 'utf8')).toBe(
    'full_snapshot_history=main\nhints=a b c @ed7002b439e9ac84\n',
  );
  const loaded = await ciStorage([
    '--slot-id=none main',
    'load',
    '--slot-id',
    '*',
    `--local-dir=${elsewhere}`,
    `--storage-dir=${storage}`,
    '--verbose',
  ]);
  expect(loaded).toMatchObject({ code: 0 });
  expect(loaded.stdout).toMatch(/^slot main is loaded into .*elsewhere: 2 files, 14 B sent in/);
  expect(loaded.stderr).toContain('ci-storage: >f+++++++++ package.json\n');
});

test('a leading ~/ is the home', async () => {
  const env = { HOME: directory };
  const args = ['--slot-id=main', `--local-dir=${local}`, '--storage-dir=~/storage'];
  expect(await ciStorage(['store', ...args], { env })).toMatchObject({ code: 0 });
  expect(await readdir(storage)).toEqual(['main']);
  const { code } = await ciStorage(['store', '--slot-id=x', `--local-dir=${local}`], { env });
  expect([code, await readdir(join(directory, 'ci-storage'))]).toEqual([0, ['x']]);
});

test.for([
  [['store'], '--slot-id is missing; it takes the id of a slot'],
  [['load', '--slot-id=x'], '--local-dir is missing; it takes a directory'],
  [['store', '--slot-id=a b', '--local-dir=/x'], '--slot-id is "a b"; it takes exactly one id'],
  [['store', '--slot-id=*', '--local-dir=/x'], '--slot-id is "*"; it takes exactly one id'],
  [['list', '--storage-host=a b'], '--storage-host is "a b"; it takes [user@]host[:port]'],
  [['list', '--storage-max-age-sec=1h'], '--storage-max-age-sec is "1h"; it takes a whole number'],
  [['list', '--storage-dir=/'], `the storage's directory is "/", which holds other things`],
  [['clean', '--storage-host=h', '--storage-dir=~'], `the storage's directory is ".", which holds`],
  [
    ['load', '--slot-id=*', '--local-dir=/x', '--hint=@nowhere'],
    'nowhere, of which a hint is made, cannot be read (ENOENT)',
  ],
  [['frob'], `command-argument value 'frob' is invalid for argument 'action'`],
  [['list', '--frob'], `unknown option '--frob'`],
  [[], `missing required argument 'action'`],
] as const)('what cannot be done ends with 1: %s', async ([args, message]) => {
  const ran = await ciStorage(args);
  expect(ran.stderr).toContain(message);
  expect(ran).toMatchObject({ code: 1, stdout: '' });
});

test('a slot that is not there ends with 1, and a program that fails with 2', async () => {
  const load = ['load', '--slot-id=none', `--local-dir=${local}`, `--storage-dir=${storage}`];
  const missing = await ciStorage([...load, '--json']);
  expect(missing.code).toBe(1);
  expect(JSON.parse(missing.stdout)).toMatchObject({
    ok: false,
    action: 'load',
    code: 'slot-not-found',
    message: expect.any(String) as string,
    cure: expect.any(String) as string,
  });
  expect(missing.stderr).toMatch(
    /^ci-storage: this machine has none of the slots none in .*; run the job again/,
  );
  for (const host of ['127.0.0.1:1', '[::1]:1']) {
    const failed = await ciStorage([...load, `--storage-host=${host}`]);
    expect(failed.code).toBe(2);
    expect(failed.stderr).toContain(`ci-storage: ${host} cannot be reached `);
    expect(failed.stderr).toContain('; check CI_STORAGE_HOST (--storage-host)');
  }
});

test('list and clean', async () => {
  const at = `--storage-dir=${storage}`;
  expect(await ciStorage(['list', at])).toMatchObject({ code: 0, stdout: 'no slots\n' });
  await store('one', '--hint=h1 h2');
  await store('layer', '--layer=file');
  const listed = await ciStorage(['list', at]);
  expect(listed.stdout.replaceAll(/\d+ s|0 s/g, 'N s').replaceAll(/ +/g, ' ')).toBe(
    'SLOT AGE HINTS\nlayer N s (a layer)\none N s h1 h2\n',
  );
  const { slots } = JSON.parse((await ciStorage(['list', at, '--json'])).stdout) as {
    slots: unknown;
  };
  expect(slots).toEqual([
    { id: 'layer', ageSeconds: expect.any(Number) as number },
    { id: 'one', ageSeconds: expect.any(Number) as number, history: ['one'], hints: ['h1', 'h2'] },
  ]);
  expect(await ciStorage(['clean', at])).toMatchObject({ code: 0, stdout: '2 slots are kept\n' });
});

test('what a terminal would obey in the hints of others is not printed', async () => {
  await store('one', '--hint=\u001B]0;title\u0007 h2');
  const { stdout } = await ciStorage(['list', `--storage-dir=${storage}`]);
  expect(stdout).toContain('?]0;title? h2\n');
});

test('help names every option and ends with 0', async () => {
  const { code, stdout } = await ciStorage(['--help']);
  expect(code).toBe(0);
  for (const option of [
    'slot-id',
    'local-dir',
    'storage-host',
    'storage-dir',
    'storage-max-age-sec',
    'storage-keep-hint-slots',
    'hint',
    'exclude',
    'layer',
    'verbose',
    'json',
  ]) {
    expect(stdout).toContain(`--${option}`);
  }
  expect(stdout).not.toContain('[])');
});

test('--version names the version of the package', async () => {
  const { code, stdout } = await ciStorage(['--version']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${packageJson.version}\n` });
});
