import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareEntrypoints } from './entrypoints.ts';

let directory: string;
let scripts: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entrypoints-'));
  scripts = join(directory, 'scripts');
  await mkdir(join(scripts, 'entrypoint.directory.sh'), { recursive: true });
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

const write = async (...names: string[]): Promise<void> => {
  await Promise.all(names.map(async (name) => writeFile(join(scripts, name), '')));
};

test('leaves the directories of the user’s scripts to the user', async () => {
  await write('entrypoint.a.sh', 'entrypoint.b.ts', 'entrypoint.sh', 'other.sh');
  const options = { directory, runnable: true };
  const asGiven = { count: 2, own: false, environment: {} };
  const none = { root: undefined, guest: undefined };
  expect(
    await prepareEntrypoints({ ...options, given: { ...none, root: scripts }, defaults: {} }),
  ).toEqual(asGiven);
  expect(
    await prepareEntrypoints({ ...options, given: none, defaults: { guest: scripts } }),
  ).toEqual(asGiven);
});

test('writes scripts of its own where the user has none', async () => {
  const { count, own, environment } = await prepareEntrypoints({
    directory,
    given: { root: scripts },
    defaults: { root: '/absent', guest: '/absent' },
    runnable: true,
  });
  expect({ count, own }).toEqual({ count: 2, own: true });
  expect(environment).toEqual({
    CI_RUNNER_ROOT_ENTRYPOINTS: join(directory, 'entrypoints/root'),
    CI_RUNNER_GUEST_ENTRYPOINTS: join(directory, 'entrypoints/guest'),
  });
});

test('expects none where nothing can run them', async () => {
  const prepared = await prepareEntrypoints({
    directory,
    given: {},
    defaults: {},
    runnable: false,
  });
  expect(prepared).toMatchObject({ count: 0, own: false });
});
