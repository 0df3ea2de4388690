import { chown, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLocalTransport, startProcess, type StartProcess } from '../src/library.ts';
import { isRoot } from './boot.ts';
import { createRig, type Rig } from './library-rig.ts';
import { differences } from './slots.ts';
import { NOBODY, startAsNobody } from './start-as-nobody.ts';

/** As somebody who is not root: root does not unpack streams. */
const asSomebody: StartProcess = isRoot ? startAsNobody : startProcess;

/** A rig with a slot, an empty directory of somebody's, and a way to load that notes its programs. */
const makeRig = async (): Promise<{ rig: Rig; directory: string; started: string[] }> => {
  const rig = await createRig();
  for (let index = 0; index < 20; index += 1) {
    await writeFile(join(rig.local, `file-${index}`), String(index).repeat(1_000));
  }
  await rig.store('slot');
  const directory = join(rig.directory, 'somebody');
  await mkdir(directory);
  if (isRoot) {
    await chown(rig.directory, NOBODY, NOBODY);
    await chown(directory, NOBODY, NOBODY);
  }
  return { rig, directory, started: [] };
};

test('a load by a stream asks the storage once more for nothing', async () => {
  const { rig, directory, started } = await makeRig();
  const start: StartProcess = async (request) => {
    started.push(request.args.join(' ').includes('tar --extract') ? 'stream' : request.command);
    return asSomebody(request);
  };
  const transport = createLocalTransport({ start });
  const loaded = await rig.load('slot', { directory, transport });
  expect(loaded).toMatchObject({ outcome: 'loaded', files: 20 });
  expect(await differences(join(rig.path, 'slot'), directory)).toBe('');
  // The list of slots, and the load.
  expect(started).toEqual(['sh', 'stream']);
});

test('a slot that was replaced between the list and the stream is loaded again', async () => {
  const { rig, directory } = await makeRig();
  const slot = join(rig.path, 'slot');
  let streams = 0;
  const start: StartProcess = async (request) => {
    if (request.args.join(' ').includes('tar --extract')) streams += 1;
    if (streams === 1) {
      streams += 1;
      await rename(slot, `${slot}.bak.1700000000`);
      await mkdir(slot);
      await writeFile(join(slot, 'another'), 'one');
    }
    return asSomebody(request);
  };
  const warnings: string[] = [];
  const loaded = await rig.load('slot', {
    directory,
    transport: createLocalTransport({ start }),
    onEvent: (event) => void (event.phase === 'warning' && warnings.push(event.message)),
  });
  expect(loaded).toMatchObject({ outcome: 'loaded', slot: 'slot', files: 0 });
  expect(warnings).toEqual([
    'slot slot at this machine was replaced while it was loaded; loading again',
  ]);
  expect(await readdir(directory)).toEqual(['another']);
});
