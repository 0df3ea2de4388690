import { readdirSync } from 'node:fs';
import { chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { boot, createMachine, isRoot, prewarmOf, type Booted, type Machine } from './boot.ts';
import { differences, fillSlot, storeSlot } from './slots.ts';
import { canRunSshd, startSshd } from './sshd.ts';
import { access, dirtyWorkspace } from './storage-access.ts';

/** Boots with a storage whose first `breaks` transfers break in the middle. */
const bootWithBreaks = async (machine: Machine, breaks: number): Promise<Booted> => {
  const marks = join(machine.directory, 'marks');
  await mkdir(marks);
  const server = await startSshd({
    forceCommand:
      'case "$SSH_ORIGINAL_COMMAND" in ' +
      `rsync*) if [ $(ls ${marks} | wc -l) -lt ${breaks} ]; then mktemp -p ${marks} >/dev/null; ` +
      '$SSH_ORIGINAL_COMMAND | { dd bs=4096 count=60 2>/dev/null; kill -KILL 0; }; else exec $SSH_ORIGINAL_COMMAND; fi;; ' +
      '*) eval "$SSH_ORIGINAL_COMMAND";; esac',
  });
  onTestFinished(async () => server.stop());
  const booted = boot(machine, access(server));
  expect(await booted.serving).toBe(true);
  expect(readdirSync(marks)).toHaveLength(breaks);
  return booted;
};

describe.skipIf(!(await canRunSshd()))('a load whose connection breaks', () => {
  test('goes on where it stopped', async () => {
    const machine = await createMachine();
    const slot = await storeSlot(machine, 'slot');
    await fillSlot(slot, 500);
    await dirtyWorkspace(machine);
    const booted = await bootWithBreaks(machine, 2);
    expect(prewarmOf(booted)).toMatchObject({ ok: true, slot: 'slot' });
    // Of its 501 files the last attempt sends those that the others have not.
    expect(prewarmOf(booted)?.['files']).toBeLessThan(501);
    expect(await differences(slot, machine.workspace)).toBe('');
    const again = booted.messages().filter((message) => message.includes('trying again'));
    expect(again).toHaveLength(2);
    expect(again[0]).toMatch(/the connection to .* broke .*trying again from where it stopped/);
  });

  test('is given up after a few attempts', async () => {
    const machine = await createMachine();
    await fillSlot(await storeSlot(machine, 'slot'), 500);
    const booted = await bootWithBreaks(machine, 4);
    expect(prewarmOf(booted)).toMatchObject({ ok: false });
    expect(await readdir(machine.workspace)).toEqual([]);
  });
});

test('what an exclusion matches is neither loaded nor removed', async () => {
  const machine = await createMachine();
  const slot = await storeSlot(machine, 'slot');
  await writeFile(join(slot, 'new.log'), '');
  await dirtyWorkspace(machine);
  const old = join(machine.workspace, 'old.log');
  await writeFile(old, '');
  if (isRoot) await chown(old, machine.guest.uid, machine.guest.gid);
  const booted = boot(machine, {}, { exclude: ['*.log'] });
  expect(await booted.serving).toBe(true);
  expect(prewarmOf(booted)).toMatchObject({ ok: true, files: 1 });
  expect((await readdir(machine.workspace)).toSorted()).toEqual(['old.log', 'which']);
});

test.each(['!', '- keep', '', 'two\nlines'])('%j is no exclusion', async (pattern) => {
  const { exitCode, error } = await boot(await createMachine(), {}, { exclude: [pattern] }).ended;
  expect(exitCode).toBe(78);
  expect(error?.message).toMatch(/option of ci-storage exclude\.0: .*takes patterns of one line/);
});
