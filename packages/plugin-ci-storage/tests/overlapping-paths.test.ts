import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRig } from './library-rig.ts';
import { ciStorage } from './run-command-line.ts';
import { failureOf } from './storage-checks.ts';

test.for(['cache', 'my [c]ache', String.raw`c\*`])(
  'a storage inside the directory, named %s, is neither stored nor deleted by a load',
  async (name) => {
    const rig = await createRig();
    const path = join(rig.local, name);
    await writeFile(join(rig.local, 'file'), 'content');
    await rig.store('one', { path });
    await rig.store('two', { path });
    await rig.load('one', { path });
    expect((await readdir(rig.local)).toSorted()).toEqual([name, 'file'].toSorted());
    for (const slot of ['one', 'two']) {
      expect((await readdir(join(path, slot))).toSorted()).toEqual(['.ci-storage.meta', 'file']);
    }
  },
);

test('nothing is loaded into the storage itself, also by way of a link', async () => {
  const rig = await createRig();
  await writeFile(join(rig.local, 'file'), 'content');
  await rig.store('one');
  await rig.store('two');
  const link = join(rig.directory, 'link');
  await symlink(rig.path, link);
  for (const directory of [rig.path, join(rig.path, 'two'), link]) {
    const failure = await failureOf(rig.load('one', { directory }));
    expect(failure.code).toBe('invalid-input');
    expect(failure.message).toContain(`${directory} is in the storage's own directory`);
  }
  expect((await readdir(rig.path)).toSorted()).toEqual(['one', 'two']);
});

test.for(['~', '~/', '~/..'])('a home is no storage: %s', async (storageDir) => {
  const rig = await createRig();
  const home = join(rig.directory, 'home');
  await mkdir(join(home, 'projects'), { recursive: true });
  await mkdir(join(home, 'other'));
  const args = ['clean', `--storage-dir=${storageDir}`, '--storage-max-age-sec=0'];
  const { code, stderr } = await ciStorage(args, { env: { HOME: home } });
  expect(code).toBe(1);
  expect(stderr).toContain(`--storage-dir is "${storageDir}"; it takes a directory of its own`);
  expect(await readdir(home)).toHaveLength(2);
});
