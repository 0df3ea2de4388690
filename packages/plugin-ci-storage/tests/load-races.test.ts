import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  cleanUpSlots,
  createLocalTransport,
  startProcess,
  type SlotEvent,
  type StartProcess,
} from '../src/library.ts';
import { createRig, type Rig } from './library-rig.ts';
import { startSkewed } from './skewed-clock.ts';

/** Does something before each rsync begins. */
const beforeRsync =
  (work: () => Promise<void>): StartProcess =>
  async (request) => {
    if (request.command === 'rsync') await work();
    return startProcess(request);
  };

const storeAs = async (rig: Rig, id: string): Promise<void> => {
  for (let index = 0; index < 30; index += 1) {
    await writeFile(join(rig.local, `file-${index}`), id.repeat(1_000 + index));
  }
  await rig.store(id);
};

/** The ids of the slots that the directory's files come from, and how many there are. */
const contentOf = async (directory: string): Promise<[string, number]> => {
  const names = await readdir(directory);
  const firsts = await Promise.all(
    names.map(async (name) => (await readFile(join(directory, name), 'utf8'))[0]),
  );
  return [[...new Set(firsts)].join(''), names.length];
};

const warnings: (events: readonly SlotEvent[]) => string[] = (events) =>
  events.flatMap((event) => (event.phase === 'warning' ? [event.message] : []));

test('a slot that is removed while it loads is left for another one', async () => {
  const rig = await createRig();
  for (const id of ['a', 'b', 'c']) await storeAs(rig, id);
  const gone = ['c', 'b'];
  const start = beforeRsync(async () => {
    await rm(join(rig.path, gone.shift() ?? 'none'), { recursive: true, force: true });
  });
  const events: SlotEvent[] = [];
  const loaded = await rig.load('*', {
    transport: createLocalTransport({ start }),
    onEvent: (event) => events.push(event),
  });
  expect(loaded).toMatchObject({ slot: 'a' });
  expect(await contentOf(rig.local)).toEqual(['a', 30]);
  expect(warnings(events)).toEqual([
    'slot c at this machine was removed while it was loaded; loading again',
    'slot b at this machine was removed while it was loaded; loading again',
  ]);
});

test('a slot that looks smaller because it is being removed does not pass for whole', async () => {
  const rig = await createRig();
  await storeAs(rig, 'a');
  await storeAs(rig, 'b');
  let times = 0;
  const start = beforeRsync(async () => {
    times += 1;
    if (times > 1) return;
    // For rsync, the half slot is as good as any: it deletes the rest here.
    await rename(join(rig.path, 'b'), join(rig.path, 'b.bak.rm1700000000'));
    await mkdir(join(rig.path, 'b'));
    await writeFile(join(rig.path, 'b/file-0'), 'b');
  });
  const events: SlotEvent[] = [];
  const loaded = await rig.load('a', {
    transport: createLocalTransport({ start }),
    slotIds: ['b', 'a'],
    onEvent: (event) => events.push(event),
  });
  expect(warnings(events)).toEqual([
    'slot b at this machine was replaced while it was loaded; loading again',
  ]);
  expect(loaded).toMatchObject({ slot: 'b', files: 0 });
  expect(await contentOf(rig.local)).toEqual(['b', 1]);
});

test('the one slot that there was is told as missing, or leaves the directory empty', async () => {
  const rig = await createRig();
  const start = beforeRsync(async () => {
    await rm(join(rig.path, 'a'), { recursive: true, force: true });
  });
  const transport = createLocalTransport({ start });
  await storeAs(rig, 'a');
  await expect(rig.load('a', { transport })).rejects.toMatchObject({ code: 'slot-not-found' });
  await storeAs(rig, 'a');
  expect(await rig.load(['a', '*'], { transport })).toEqual({ outcome: 'emptied' });
  expect(await readdir(rig.local)).toEqual([]);
});

test('a storage that loses one slot after the other is given up', async () => {
  const rig = await createRig();
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) await storeAs(rig, id);
  const start = beforeRsync(async () => {
    const newest = (await readdir(rig.path)).toSorted().at(-1) ?? '';
    await rm(join(rig.path, newest), { recursive: true });
  });
  const load = rig.load('*', { transport: createLocalTransport({ start }) });
  await expect(load).rejects.toMatchObject({ code: 'slot-gone', cure: 'load again' });
  expect(await readdir(rig.path)).toEqual(['a']);
});

test('a clean-up that comes while a slot loads leaves a whole slot here', async () => {
  const rig = await createRig();
  await storeAs(rig, 'a');
  await storeAs(rig, 'b');
  const later = createLocalTransport({ start: await startSkewed(7_200) });
  const cleanUps: Promise<unknown>[] = [];
  const start = beforeRsync(async () => {
    cleanUps.push(cleanUpSlots({ transport: later, path: rig.path }));
  });
  const directory = join(rig.directory, 'elsewhere');
  const loaded = await rig.load(['a', '*'], {
    transport: createLocalTransport({ start }),
    directory,
  });
  await Promise.all(cleanUps);
  expect(await readdir(rig.path)).toEqual(['b']);
  if (loaded.outcome !== 'loaded') throw new Error('nothing is loaded');
  expect(await contentOf(directory)).toEqual([loaded.slot, 30]);
});
