import { chmod, mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { choosePlace, type PlaceOptions } from './temporary-directory.ts';

let base: string;

beforeEach(async () => {
  base = await realpath(await mkdtemp('/tmp/place-'));
  await chmod(base, 0o755);
});

afterEach(async () => {
  await rm(base, { recursive: true });
});

const choose = async (
  path: string,
  options: Partial<PlaceOptions> = {},
): Promise<{ parent: string; remark: string | undefined }> => {
  const { directory, remark } = await choosePlace({
    environment: { TMPDIR: path },
    workingDirectory: base,
    ...options,
  });
  return { parent: dirname(directory), remark };
};

test('takes the directory for temporary files', async () => {
  expect(await choose(base)).toEqual({ parent: base, remark: undefined });
  expect((await choose('', { environment: {} })).parent).toBe('/tmp');
  expect((await choose('', { environment: { TMPDIR: '', TMP: base } })).parent).toBe(base);
});

test('resolves relative paths and symbolic links', async () => {
  await mkdir(join(base, 'real'));
  await symlink('real', join(base, 'link'));
  expect(await choose('link')).toEqual({ parent: join(base, 'real'), remark: undefined });
});

test.each(['with a blank', 'with"quote', "with'quote", 'with%h', 'with,comma', 'x'.repeat(20)])(
  'takes /tmp rather than a directory called %j',
  async (name) => {
    const path = join(base, name);
    await mkdir(path);
    const { parent, remark } = await choose(path);
    expect(parent).toBe('/tmp');
    expect(remark).toContain(`TMPDIR=${JSON.stringify(path)} is not used, but /tmp: it takes`);
  },
);

test('takes a path of 34 characters, not one of 35', async () => {
  const longest = join(base, 'x'.repeat(33 - base.length));
  await mkdir(longest);
  expect((await choose(longest)).parent).toBe(longest);
  await mkdir(`${longest}x`);
  expect((await choose(`${longest}x`)).parent).toBe('/tmp');
});

test('takes /tmp rather than a directory that is not there', async () => {
  expect((await choose(join(base, 'absent'))).parent).toBe('/tmp');
});

test('takes a directory below a closed one only where nobody else has to enter it', async () => {
  const path = join(base, 'closed', 'open');
  await mkdir(path, { recursive: true });
  await chmod(join(base, 'closed'), 0o700);
  expect((await choose(path, { asRoot: true })).parent).toBe('/tmp');
  expect((await choose(path, { asRoot: false })).parent).toBe(path);
});
