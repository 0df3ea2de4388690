import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listSlots } from '../src/library.ts';
import { localMetaPath } from '../src/slots/local-meta.ts';
import { createRig, type Rig } from './library-rig.ts';
import { transports } from './storages.ts';

const fill = async (directory: string, files: Readonly<Record<string, string>>): Promise<void> => {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
};

const names = async (directory: string): Promise<string[]> =>
  (await readdir(directory, { recursive: true })).toSorted();

const storeAs = async (rig: Rig, id: string, hints: readonly string[] = []): Promise<void> => {
  await fill(rig.local, { [`file of ${id}`]: id });
  await rig.store(id, { hints });
};

const metaOf = async (rig: Rig): Promise<string> => readFile(localMetaPath(rig.local), 'utf8');

describe.for(Object.keys(transports))('the rules over %s', (kind) => {
  const rigOf = async (): Promise<Rig> => createRig(await transports[kind]?.());

  test('ids are tried in order; too old ones are not seen; none is an error of its own', async () => {
    const rig = await rigOf();
    await storeAs(rig, 'a');
    await storeAs(rig, 'b');
    expect(await rig.load(['missing', 'a', 'b'])).toMatchObject({ slot: 'a' });
    expect(await names(rig.local)).toEqual(['file of a']);
    expect(await rig.load(['a', '*'], { maxAgeSeconds: 60 })).toMatchObject({ slot: 'b' });
    const tooOld = rig.load(['missing', 'a'], { maxAgeSeconds: 60 });
    await expect(tooOld).rejects.toMatchObject({
      code: 'slot-not-found',
      message: expect.stringMatching(
        /has none of the slots missing, a in .*; 1 other is too old/,
      ) as string,
      cure: expect.stringContaining('run the job again that stores it') as string,
    });
    await expect(rig.load('missing')).rejects.toMatchObject({ code: 'slot-not-found' });
    expect(await names(rig.local)).toEqual(['file of b']);
  });

  test('* takes the slot that hints fit best, and remembers the hints', async () => {
    const rig = await rigOf();
    await storeAs(rig, 'one', ['h1', 'h2']);
    await storeAs(rig, 'two', ['h2', 'h3']);
    await storeAs(rig, 'three', ['h4']);
    expect(await rig.load('*', { hints: ['h1', 'h3'] })).toMatchObject({ slot: 'one' });
    expect(await metaOf(rig)).toBe('full_snapshot_history=one\nhints=h1 h3\n');
    expect(await rig.load('*', { hints: ['none'] })).toMatchObject({ slot: 'three' });
    expect(await metaOf(rig)).toBe('full_snapshot_history=three two one\nhints=none\n');
    expect(await rig.load('*')).toMatchObject({ slot: 'three' });
    expect(await metaOf(rig)).toBe('full_snapshot_history=three two one\nhints=h4\n');
  });

  test('a full load deletes what is not in the slot, but for what is excluded', async () => {
    const rig = await rigOf();
    await fill(rig.local, { kept: '1', 'log/a.log': '1' });
    await rig.store('slot', { exclude: ['*.log'] });
    expect(await names(join(rig.path, 'slot'))).toEqual(['.ci-storage.meta', 'kept', 'log']);
    await fill(rig.local, {
      extra: '1',
      'log/b.log': '1',
      '.ci-storage.meta': 'a file of its own',
    });
    await rig.load('slot', { exclude: ['*.log'] });
    expect(await names(rig.local)).toEqual(['.ci-storage.meta', 'kept', 'log', 'log/b.log']);
    expect(await readFile(join(rig.local, '.ci-storage.meta'), 'utf8')).toBe('a file of its own');
  });

  test('a layer holds matching files alone, belongs to a full slot, and deletes nothing', async () => {
    const rig = await rigOf();
    const layers = { path: `${rig.path}.layer`, layer: ['*.out', 'named'] };
    expect(await rig.load('*', layers)).toEqual({ outcome: 'nothing' });
    for (const id of ['one', 'two']) {
      await fill(rig.local, { 'src/a.out': id, 'src/a.ts': '1', named: id, 'empty/no': '' });
      await rig.store(id);
      await rig.store(id, layers);
    }
    expect(await names(join(layers.path, 'two'))).toEqual(['named', 'src', 'src/a.out']);
    const before = await metaOf(rig);
    await rig.load('one');
    await fill(rig.local, { 'src/b.out': 'stays', 'src/a.ts': '1' });
    expect(await rig.load('*', layers)).toMatchObject({ slot: 'one', files: 2 });
    expect(await names(rig.local)).toEqual(['named', 'src', 'src/a.out', 'src/a.ts', 'src/b.out']);
    expect(await readFile(join(rig.local, 'named'), 'utf8')).toBe('one');
    expect([before, await metaOf(rig)]).toEqual([
      'full_snapshot_history=two one\nhints=\n',
      'full_snapshot_history=one\nhints=\n',
    ]);
  });

  test('a store shares with the slot loaded last, else with the newest', async () => {
    const rig = await rigOf();
    await storeAs(rig, 'old');
    await fill(rig.local, { 'file of old': 'old', more: '1' });
    await rig.store('new');
    await rig.load('old');
    expect(await rig.store('next')).toMatchObject({ basis: 'old', files: 0 });
    const inode = async (id: string) => (await stat(join(rig.path, id, 'file of old'))).ino;
    expect(await inode('next')).toBe(await inode('old'));
    await rm(localMetaPath(rig.local));
    expect(await rig.store('last')).toMatchObject({ basis: 'next', files: 0 });
    expect(await metaOf(rig)).toBe('full_snapshot_history=last\nhints=\n');
  });

  test('times are compared beyond seconds', async () => {
    const rig = await rigOf();
    await fill(rig.local, { file: 'one' });
    await utimes(join(rig.local, 'file'), 1_600_000_000.25, 1_600_000_000.25);
    await rig.store('one');
    await writeFile(join(rig.local, 'file'), 'two');
    await utimes(join(rig.local, 'file'), 1_600_000_000.5, 1_600_000_000.5);
    expect(await rig.store('two')).toMatchObject({ basis: 'one', files: 1 });
    expect(await rig.load('one')).toMatchObject({ files: 1 });
    expect(await readFile(join(rig.local, 'file'), 'utf8')).toBe('one');
  });

  test.for(['*', ''])('a slot cannot be stored as %j', async (id) => {
    const rig = await rigOf();
    await expect(rig.store(id)).rejects.toMatchObject({ code: 'invalid-input' });
  });

  test('a history keeps ten ids, each once, the last first', async () => {
    const rig = await rigOf();
    for (const id of ['a', 'b', 'a']) await rig.store(id);
    expect(await metaOf(rig)).toBe('full_snapshot_history=a b\nhints=\n');
    const { transport, path } = rig;
    const slots = await listSlots({ transport, path });
    expect(slots.map(({ id, meta }) => [id, meta?.history])).toEqual([
      ['a', ['a', 'b']],
      ['b', ['b', 'a']],
    ]);
  });
});
