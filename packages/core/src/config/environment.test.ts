import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findSecret, withoutEmpty, type Environment, type FoundSecret } from './environment.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ci-runner-secrets-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

const put = async (name: string, text: string): Promise<string> => {
  const file = join(directory, name);
  await writeFile(file, text);
  return file;
};

const find = async (environment: Environment): Promise<FoundSecret> =>
  findSecret('TOKEN', environment, directory);

test('empty variables are dropped, blank ones are not', () => {
  expect(withoutEmpty({ A: '', B: undefined, C: 'c', D: ' ' })).toEqual({ C: 'c', D: ' ' });
});

describe('a secret', () => {
  test('is the variable, else what NAME_FILE names, else the mounted file', async () => {
    await put('TOKEN', 'mounted');
    const file = await put('named', 'named');
    expect(await find({ TOKEN: 'variable', TOKEN_FILE: file })).toEqual({ value: 'variable' });
    expect(await find({ TOKEN_FILE: file })).toEqual({
      value: 'named',
      file: { setting: 'TOKEN_FILE', path: file },
    });
    expect(await find({})).toEqual({
      value: 'mounted',
      file: { setting: 'TOKEN', path: join(directory, 'TOKEN') },
    });
  });

  test('that is nowhere is not set', async () => {
    expect(await find({})).toEqual({});
    expect(await findSecret('TOKEN', {}, join(directory, 'no/such'))).toEqual({});
  });

  test('of one line loses the line end of its file', async () => {
    await put('TOKEN', 'abc\r\n');
    expect(await find({})).toMatchObject({ value: 'abc' });
  });

  test('of several lines stays as it is: a key must end with a line end', async () => {
    await put('TOKEN', 'one\ntwo\n');
    expect(await find({})).toMatchObject({ value: 'one\ntwo\n' });
  });

  test.each(['', '\n'])('whose mounted file holds %j is not set', async (text) => {
    await put('TOKEN', text);
    expect(await find({})).toEqual({});
  });

  test('is not set where Docker mounted a directory instead of a missing file, and that is told', async () => {
    const mounted = join(directory, 'TOKEN');
    await mkdir(mounted);
    const expected = expect.stringContaining(
      `${mounted} is an empty directory, as Docker makes one where the file to mount does not exist`,
    ) as string;
    expect(await find({})).toEqual({ standIn: { name: 'TOKEN', expected } });
    const named = { name: 'TOKEN_FILE', expected };
    expect(await find({ TOKEN_FILE: mounted })).toEqual({ standIn: named });
  });

  test('whose mounted file cannot be read is a fault', async () => {
    const { value, fault } = await findSecret('x'.repeat(300), {}, directory);
    expect(value).toBeUndefined();
    expect(fault?.expected).toContain('ENAMETOOLONG');
  });
});

describe('a NAME_FILE', () => {
  test('that names no file is a fault, even where a mounted one is', async () => {
    await put('TOKEN', 'mounted');
    expect(await find({ TOKEN_FILE: '/no/such/file' })).toEqual({
      fault: {
        name: 'TOKEN_FILE',
        got: '/no/such/file',
        expected: 'takes the path of a readable file (ENOENT)',
      },
    });
  });

  test.each(['empty', 'blank', 'directory'])('that names an %s one is a fault', async (kind) => {
    const file = join(directory, 'given');
    if (kind === 'directory') await mkdir(join(file, 'with content'), { recursive: true });
    else await writeFile(file, kind === 'empty' ? '' : ' \n');
    expect(await find({ TOKEN_FILE: file })).toEqual({
      fault: {
        name: 'TOKEN_FILE',
        got: file,
        expected: 'takes the path of a file that is not empty',
      },
    });
  });
});

test.skipIf(process.getuid?.() !== 0)(
  'a file that may not be read is told with whose it is and who asks',
  async () => {
    const file = await put('TOKEN', 'hush');
    await chmod(file, 0o600);
    await chmod(directory, 0o755);
    const owner = `belongs to uid 0 with mode 0600, and this is uid`;
    process.seteuid?.('nobody');
    try {
      const mounted = await find({});
      expect(mounted.fault?.expected).toContain(`cannot be read from ${file} (EACCES; it ${owner}`);
      const named = await find({ TOKEN_FILE: file });
      expect(named.fault?.expected).toContain(`a readable file (EACCES; it ${owner}`);
    } finally {
      process.seteuid?.(0);
    }
  },
);
