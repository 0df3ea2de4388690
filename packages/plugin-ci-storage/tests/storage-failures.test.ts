import { chmod, chown, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createLocalTransport } from '../src/library.ts';
import { isRoot } from './boot.ts';
import { createRig } from './library-rig.ts';
import { haveNothingChanged, startSkewed } from './skewed-clock.ts';
import { startAsNobody } from './start-as-nobody.ts';
import { canMount, mountSmallDisk } from './small-disk.ts';
import { failureOf, fill, left } from './storage-checks.ts';

const mounts = await canMount();

describe.skipIf(!mounts)('a disk', () => {
  test('that is full at the storage: what is stored stays, and the part is removed', async () => {
    const rig = await createRig();
    await mountSmallDisk(rig.path, 400);
    await fill(rig, 10);
    await rig.store('slot');
    await fill(rig, 50, 'y');
    const failure = await failureOf(rig.store('slot'));
    expect(failure.message).toMatch(
      /the disk of the storage at this machine is full \(rsync: .*No space left on device/,
    );
    expect(failure.cure).toMatch(/make room there; `ci-storage clean` removes/);
    expect(await left(rig)).toEqual(['slot']);
    expect(await readFile(join(rig.path, 'slot/file-0'), 'utf8')).toBe('x'.repeat(10_000));
    expect((await readdir(join(rig.path, 'slot'))).length).toBe(11);
  });

  test('that is full here: told as that, and the load goes on when there is room', async () => {
    const rig = await createRig();
    await fill(rig, 30);
    await rig.store('slot');
    const directory = join(rig.directory, 'small');
    const disk = await mountSmallDisk(directory, 200);
    const failure = await failureOf(rig.load('slot', { directory }));
    expect(failure.message).toMatch(/the disk here is full \(rsync: .*No space left on device/);
    expect(failure.cure).toBe('make room in the directory that is loaded into');
    await disk.resize(2_000);
    const before = (await readdir(directory)).length;
    expect(before).toBeGreaterThan(5);
    const loaded = await rig.load('slot', { directory });
    expect(loaded).toMatchObject({ outcome: 'loaded', files: 30 - before });
  });

  test('that is read-only at the storage: what is there can be loaded, and nothing stored', async () => {
    const rig = await createRig();
    const disk = await mountSmallDisk(rig.path, 1_000);
    await fill(rig, 1);
    await rig.store('slot');
    await disk.makeReadOnly();
    expect(await rig.load('*')).toMatchObject({ slot: 'slot' });
    const failure = await failureOf(rig.store('slot'));
    expect(failure.message).toMatch(/the storage at this machine is on a read-only file system/);
    expect(failure.cure).toMatch(/mount it writable there/);
    expect(await left(rig)).toEqual(['slot']);
    const empty = { path: join(rig.path, 'of another directory') };
    expect(await rig.load('*', empty)).toEqual({ outcome: 'emptied' });
  });
});

test.skipIf(!isRoot)(
  'a storage that the account may not write to is told with its path',
  async () => {
    const rig = await createRig();
    await chmod(rig.directory, 0o755);
    const transport = createLocalTransport({ start: startAsNobody });
    await mkdir(rig.path, { recursive: true });
    const failure = await failureOf(rig.store('slot', { transport }));
    expect(failure.message).toContain(`has no access to ${rig.path}`);
    expect(failure.cure).toBe('give the directory to that account, or name another one');
    await chown(rig.path, 65_534, 65_534);
    await chmod(rig.path, 0o700);
    await rig.store('slot', { transport });
    expect(await left(rig)).toEqual(['slot']);
  },
);

test('a directory that is not there cannot be stored, and one that cannot be made is not loaded into', async () => {
  const rig = await createRig();
  const missing = join(rig.directory, 'missing');
  expect(await failureOf(rig.store('slot', { directory: missing }))).toMatchObject({
    code: 'invalid-input',
    message: `${missing} is not there`,
  });
  const below = join(rig.directory, 'file/below');
  await writeFile(dirname(below), '');
  expect(await failureOf(rig.load('*', { directory: below }))).toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining(`${below} cannot be made`) as string,
  });
});

test('two stores of one slot at once both succeed, and nothing is lost', async () => {
  const rig = await createRig();
  // Of different lengths: files of one size and one time are the same for rsync.
  const stores = ['one', 'second', 'three'].map(async (which) => {
    const directory = join(rig.directory, which);
    await mkdir(directory);
    for (let index = 0; index < 100; index += 1) {
      await writeFile(join(directory, `file-${index}`), which);
    }
    return rig.store('slot', { directory });
  });
  await Promise.all(stores);
  const names = await left(rig);
  expect(names.map((name) => name.replace(/\d+$/, ''))).toEqual(['slot', 'slot.bak.', 'slot.bak.']);
  const contents = await Promise.all(
    names.map(async (name) => {
      const files = (await readdir(join(rig.path, name))).filter((file) => file.startsWith('file'));
      expect(files).toHaveLength(100);
      const texts = await Promise.all(
        files.map(async (file) => readFile(join(rig.path, name, file), 'utf8')),
      );
      return [...new Set(texts)].join(' ');
    }),
  );
  expect(contents.toSorted()).toEqual(['one', 'second', 'three']);
});

test('what an earlier store has left behind is not sent again', async () => {
  const rig = await createRig();
  await fill(rig, 20);
  await rig.store('slot');
  await rename(join(rig.path, 'slot'), join(rig.path, 'slot.tmp.1700000000'));
  await writeFile(join(rig.local, 'more'), '1');
  await haveNothingChanged(rig.directory);
  const transport = createLocalTransport({ start: await startSkewed(120) });
  expect(await rig.store('slot', { transport })).toMatchObject({ basis: undefined, files: 1 });
  expect(await left(rig)).toEqual(['slot', 'slot.tmp.1700000000']);
});

test('a store that is aborted leaves nothing behind', async () => {
  const rig = await createRig();
  await fill(rig, 20);
  const controller = new AbortController();
  const reason = new Error('no longer wanted');
  const stored = rig.store('slot', {
    signal: controller.signal,
    onEvent: ({ phase }) => {
      if (phase === 'transfer') controller.abort(reason);
    },
  });
  await expect(stored).rejects.toBe(reason);
  expect(await left(rig)).toEqual([]);
});
