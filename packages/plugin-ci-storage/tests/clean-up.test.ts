import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, link, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  cleanUpSlots,
  createLocalTransport,
  listSlots,
  type CleanUpRequest,
  type CleanedUp,
} from '../src/library.ts';
import { isRoot } from './boot.ts';
import { createRig, type Rig } from './library-rig.ts';
import { haveNothingChanged, startSkewed } from './skewed-clock.ts';
import { NOBODY, startAsNobody } from './start-as-nobody.ts';

const HOUR = 3_600;

/** Makes slots, each younger than the one before. */
const makeSlots = async ({ path }: Rig, slots: Readonly<Record<string, string>>): Promise<void> => {
  await mkdir(path, { recursive: true });
  for (const [name, hints] of Object.entries(slots)) {
    const slot = join(path, name);
    await mkdir(join(slot, 'read-only'), { recursive: true });
    await writeFile(join(slot, 'read-only/file'), name);
    if (hints !== '-')
      await writeFile(join(slot, '.ci-storage.meta'), `full_snapshot_history=\nhints=${hints}\n`);
    // The clock of file systems ticks slowly, and slots are sorted by it.
    execFileSync('chmod', ['555', join(slot, 'read-only')]);
    execFileSync('chmod', ['755', slot]);
  }
};

/** Cleans up where it is so much later than the slots were made. */
const cleanUp = async (
  { path }: Rig,
  secondsLater: number,
  options: Partial<CleanUpRequest> = {},
): Promise<CleanedUp> =>
  cleanUpSlots({
    transport: createLocalTransport({ start: await startSkewed(secondsLater) }),
    path,
    ...options,
  });

const left = async ({ path }: Rig): Promise<string[]> => (await readdir(path)).toSorted();

test('the newest slot stays, and the newest of each first hint up to a number', async () => {
  const rig = await createRig();
  const slots = { none: '-', a1: 'a x', a2: 'a', b: 'b', c: 'c', d: 'd', newest: 'd' };
  await makeSlots(rig, slots);
  const cleaned = await cleanUp(rig, HOUR, { keepHintSlots: 2 });
  expect(await left(rig)).toEqual(['b', 'c', 'newest']);
  expect(cleaned).toEqual({ busy: false, removed: ['d', 'a2', 'a1', 'none'], kept: 3 });
});

test('slots that are not old stay, and those of hints count nothing', async () => {
  const rig = await createRig();
  await makeSlots(rig, { a: 'a', b: 'b', c: '-' });
  expect(await cleanUp(rig, HOUR, { maxAgeSeconds: 2 * HOUR })).toMatchObject({
    removed: [],
    kept: 3,
  });
  expect(await cleanUp(rig, HOUR, { keepHintSlots: 0 })).toMatchObject({ kept: 1 });
  expect(await left(rig)).toEqual(['c']);
});

test('the ages are those of the clock at the storage', async () => {
  const rig = await createRig();
  await makeSlots(rig, { a: '', b: '' });
  expect(await cleanUp(rig, -HOUR, { maxAgeSeconds: 0 })).toMatchObject({ removed: [] });
  const later = await startSkewed(2 * HOUR);
  const [slot] = await listSlots({
    transport: createLocalTransport({ start: later }),
    path: rig.path,
  });
  expect(slot?.ageSeconds).toBeGreaterThanOrEqual(2 * HOUR);
  expect(slot?.ageSeconds).toBeLessThan(3 * HOUR);
});

test('what was replaced stays for a minute, and what a clean-up has begun to remove does not', async () => {
  const rig = await createRig();
  await makeSlots(rig, {
    's.bak.1700000000': '',
    's.bak.rm1700000000': '',
    s: '',
    'x.tmp.1.bak.rm2': '',
  });
  expect(await cleanUp(rig, 30)).toMatchObject({ kept: 1 });
  expect(await left(rig)).toEqual(['s', 's.bak.1700000000']);
  expect(await cleanUp(rig, 62)).toMatchObject({ removed: ['s.bak.1700000000'], kept: 1 });
  expect(await left(rig)).toEqual(['s']);
});

test('what a store has left behind is removed when nothing has changed in it for an hour', async () => {
  const rig = await createRig();
  await makeSlots(rig, { 's.tmp.1700000000': '' });
  await cleanUp(rig, 30 * 60);
  expect(await left(rig)).toEqual(['s.tmp.1700000000']);
  // By the clock of the script alone it is old: its files say that somebody is at it.
  await cleanUp(rig, 2 * HOUR);
  expect(await left(rig)).toEqual(['s.tmp.1700000000']);
  await haveNothingChanged(rig.directory);
  await cleanUp(rig, 2 * HOUR);
  expect(await left(rig)).toEqual([]);
});

test('what is no slot is left alone', async () => {
  const rig = await createRig();
  await makeSlots(rig, { old: '', new: '', 'my.dir': '', 'a b': '', 'x.bak': '' });
  await writeFile(join(rig.path, 'file'), '');
  await cleanUp(rig, HOUR);
  expect(await left(rig)).toEqual(['a b', 'file', 'my.dir', 'new', 'x.bak']);
});

test('a slot that a broken store has taken away comes back', async () => {
  const rig = await createRig();
  await makeSlots(rig, {
    'lost.bak.1700000000': 'older',
    'lost.bak.1700000001': 'h',
    'kept.bak.1700000000': '',
    kept: '',
  });
  const transport = createLocalTransport({ start: await startSkewed(10) });
  const slots = await listSlots({ transport, path: rig.path });
  expect(slots.map(({ id, meta }) => [id, meta?.hints])).toEqual([
    ['lost', ['h']],
    ['kept', []],
  ]);
  expect(await left(rig)).toEqual(['kept', 'kept.bak.1700000000', 'lost', 'lost.bak.1700000000']);
});

test('of two clean-ups at once the later one does nothing', async () => {
  const rig = await createRig();
  await makeSlots(rig, { old: '', new: '' });
  const lock = join(rig.path, 'maintenance.lock');
  const holder = spawn('flock', [lock, 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void holder.kill());
  holder.stdin.write('locked\n');
  await once(holder.stdout, 'data');
  expect(await cleanUp(rig, HOUR)).toEqual({ busy: true, removed: [], kept: 0 });
  expect(await left(rig)).toContain('old');
  holder.stdin.end();
  await once(holder, 'exit');
  expect(await cleanUp(rig, HOUR)).toMatchObject({ busy: false, removed: ['old'] });
});

test.skipIf(!isRoot)(
  'an account that is not root removes read-only directories, and changes no file',
  async () => {
    const rig = await createRig();
    await makeSlots(rig, { old: '', new: '' });
    await chmod(rig.directory, 0o755);
    const shared = join(rig.path, 'new/shared');
    await link(join(rig.path, 'old/read-only/file'), shared);
    await chmod(shared, 0o440);
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, rig.path]);
    const transport = createLocalTransport({ start: startAsNobody });
    const cleaned = { removed: ['old'], kept: 1 };
    await vi.waitFor(async () => {
      const request = { transport, path: rig.path, maxAgeSeconds: 0, keepHintSlots: 0 };
      expect(await cleanUpSlots(request)).toMatchObject(cleaned);
    }, 20_000);
    expect(await left(rig)).toEqual(['new']);
    expect((await stat(shared)).mode & 0o777).toBe(0o440);
  },
);

test('in the background it goes on after the answer', async () => {
  const rig = await createRig();
  await makeSlots(rig, { old: '', new: '' });
  expect(await cleanUp(rig, HOUR, { background: true })).toMatchObject({ removed: ['old'] });
  await vi.waitFor(async () => expect(await left(rig)).toEqual(['new']), 20_000);
});

test('a store cleans up', async () => {
  const rig = await createRig(createLocalTransport({ start: await startSkewed(HOUR) }));
  await makeSlots(rig, { old: '' });
  const { cleanedUp } = await rig.store('new');
  expect(cleanedUp).toMatchObject({ removed: ['old'], kept: 1 });
  await vi.waitFor(async () => expect(await left(rig)).toEqual(['new']), 20_000);
});

test.for(['/', '.', '', '..', './/'])(
  'the directory %j is not taken for a storage',
  async (path) => {
    const transport = createLocalTransport();
    await expect(cleanUpSlots({ transport, path })).rejects.toMatchObject({
      code: 'invalid-input',
      cure: expect.stringContaining('a directory of its own') as string,
    });
  },
);

test('a storage that is not there is clean', async () => {
  const rig = await createRig();
  expect(await cleanUp(rig, 0)).toEqual({ busy: false, removed: [], kept: 0 });
  await expect(access(rig.path)).rejects.toThrow('ENOENT');
  await rm(rig.directory, { recursive: true });
});
