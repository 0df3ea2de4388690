import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listSlots } from '../src/library.ts';
import { localMetaPath } from '../src/slots/local-meta.ts';
import { createRig } from './library-rig.ts';
import { differences, fillSlot } from './slots.ts';
import { transports } from './storages.ts';

describe.for(Object.keys(transports))('slots over %s', (kind) => {
  const rigOf = async () => createRig(await transports[kind]?.());

  test('what is stored comes back, and a second load sends nothing', async () => {
    const rig = await rigOf();
    await fillSlot(rig.local, 50);
    const stored = await rig.store('a/b', { hints: ['h1', 'h2'] });
    expect(stored).toMatchObject({ slot: 'a_b', files: 50, basis: undefined });
    const elsewhere = join(rig.directory, 'elsewhere');
    const loaded = await rig.load('a/b', { directory: elsewhere });
    expect(loaded).toMatchObject({ outcome: 'loaded', slot: 'a_b', files: 50 });
    expect(await differences(rig.local, elsewhere)).toBe('');
    expect(await rig.load('*', { directory: elsewhere })).toMatchObject({ files: 0, bytes: 0 });
    const meta = 'full_snapshot_history=a_b\nhints=h1 h2\n';
    expect(await readFile(join(rig.path, 'a_b/.ci-storage.meta'), 'utf8')).toBe(meta);
    expect(await readFile(localMetaPath(rig.local), 'utf8')).toBe(meta);
    expect(await readFile(localMetaPath(elsewhere), 'utf8')).toBe(meta);
  });

  test('a store shares what has not changed with the slot loaded last, and takes its hints', async () => {
    const rig = await rigOf();
    await writeFile(join(rig.local, 'same'), 'same');
    await writeFile(join(rig.local, 'other'), 'one');
    await rig.store('one', { hints: ['h'] });
    await writeFile(join(rig.local, 'other'), 'two!');
    const two = await rig.store('two');
    expect(two).toMatchObject({ basis: 'one', files: 1 });
    const inode = async (path: string) => (await stat(join(rig.path, path))).ino;
    expect(await inode('two/same')).toBe(await inode('one/same'));
    expect(await inode('two/other')).not.toBe(await inode('one/other'));
    expect(await readFile(join(rig.path, 'one/other'), 'utf8')).toBe('one');
    expect(await readFile(join(rig.path, 'two/.ci-storage.meta'), 'utf8')).toBe(
      'full_snapshot_history=two one\nhints=h\n',
    );
    expect((await readdir(rig.path)).toSorted()).toEqual(['one', 'two']);
  });

  test('a slot stored anew takes the place of the old one, which stays for a minute', async () => {
    const rig = await rigOf();
    await writeFile(join(rig.local, 'file'), 'one');
    await rig.store('slot');
    await writeFile(join(rig.local, 'file'), 'two!');
    await rig.store('slot');
    const names = (await readdir(rig.path)).toSorted();
    expect(names).toEqual(['slot', expect.stringMatching(/^slot\.bak\.\d{10}$/)]);
    expect(await readFile(join(rig.path, 'slot/file'), 'utf8')).toBe('two!');
    expect(await readFile(join(rig.path, names[1] ?? '', 'file'), 'utf8')).toBe('one');
    const { transport, path } = rig;
    const slots = await listSlots({ transport, path });
    expect(slots).toMatchObject([{ id: 'slot', meta: { history: ['slot'] } }]);
  });

  test('where there is no slot, * empties the directory but for what is excluded', async () => {
    const rig = await rigOf();
    await mkdir(join(rig.local, 'kept'));
    for (const name of ['file', 'kept/file', 'kept/other']) {
      await writeFile(join(rig.local, name), '');
    }
    const loaded = await rig.load('*', { exclude: ['kept/other'], hints: ['h', 'h'] });
    expect(loaded).toEqual({ outcome: 'emptied' });
    expect((await readdir(rig.local, { recursive: true })).toSorted()).toEqual([
      'kept',
      'kept/other',
    ]);
    expect(await readFile(localMetaPath(rig.local), 'utf8')).toBe(
      'full_snapshot_history=\nhints=h\n',
    );
  });
});
