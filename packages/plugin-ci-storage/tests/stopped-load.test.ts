import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { boot, createMachine, type Machine } from './boot.ts';
import { storeSlot } from './slots.ts';

/** A PATH with a tar and an rsync that write a part of the slot and then hang. */
const hangingPath = async ({ directory, workspace }: Machine): Promise<string> => {
  const bin = join(directory, 'bin');
  await mkdir(bin);
  const text = `#!/bin/sh\necho part > '${workspace}/part'\nexec sleep 600\n`;
  for (const program of ['tar', 'rsync'])
    await writeFile(join(bin, program), text, { mode: 0o755 });
  return `${bin}:${process.env['PATH']}`;
};

test('what a load that was stopped midway left does not survive a boot without storage', async () => {
  const machine = await createMachine();
  await storeSlot(machine, 'slot');
  const stopped = boot(machine, { PATH: await hangingPath(machine) });
  await vi.waitFor(async () => expect(await readdir(machine.workspace)).toEqual(['part']), 20_000);
  await stopped.stop();
  expect(await readdir(machine.workspace)).toEqual(['part']);

  const next = boot(machine, {}, { storageDir: undefined });
  expect(await next.serving).toBe(true);
  expect(await readdir(machine.workspace)).toEqual([]);
  expect(await readdir(dirname(machine.workspace))).toEqual(['app']);
  expect(next.messages().join('\n')).toContain('is emptied: an earlier load into it did not end');
});

test('a whole slot survives a boot without storage', async () => {
  const machine = await createMachine();
  await storeSlot(machine, 'slot');
  const loaded = boot(machine, {});
  expect(await loaded.serving).toBe(true);
  await loaded.stop();
  const next = boot(machine, {}, { storageDir: undefined });
  expect(await next.serving).toBe(true);
  expect(await readdir(machine.workspace)).toEqual(['which']);
  expect(await readdir(dirname(machine.workspace))).toEqual(['app']);
});
