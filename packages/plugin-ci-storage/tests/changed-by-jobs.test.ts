import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localMetaOf } from '../src/layout.ts';
import { boot, createMachine, prewarmOf, type Booted, type Machine } from './boot.ts';
import { rsaKey } from './keys.ts';
import { storeSlot } from './slots.ts';

/** A storage host that nobody answers at, and a key that no server takes. */
const NOBODY = {
  CI_STORAGE_HOST: 'ci@127.0.0.1:1',
  CI_STORAGE_PRIVATE_KEY: rsaKey(),
};

const serveCold = async (machine: Machine): Promise<Booted> => {
  const booted = boot(machine, NOBODY, { connectSeconds: 0.1 });
  expect(await booted.serving).toBe(true);
  return booted;
};

test('a link that a job puts in the place of ~/.ssh leads no removal astray', async () => {
  const machine = await createMachine();
  const { home } = machine.guest;
  const target = join(machine.directory, 'target');
  await mkdir(target, { mode: 0o700 });
  for (const name of ['id_rsa', 'known_hosts']) await writeFile(join(target, name), 'precious');
  const booted = await serveCold(machine);
  await rename(join(home, '.ssh'), join(home, '.old'));
  await symlink(target, join(home, '.ssh'));
  expect(await booted.stop()).toMatchObject({ exitCode: 0 });
  expect(await readdir(target)).toEqual(['id_rsa', 'known_hosts']);
  expect(await readdir(join(home, '.old'))).toEqual([]);
});

test('a directory that a job puts in the place of a file is left, and the drain is clean', async () => {
  const machine = await createMachine();
  await storeSlot(machine, 'slot');
  const { home } = machine.guest;
  const local = boot(machine, {});
  expect(await local.serving).toBe(true);
  const meta = localMetaOf(machine.workspace);
  await rm(meta);
  await mkdir(join(meta, 'of a job'), { recursive: true });
  expect(await local.stop()).toMatchObject({ exitCode: 0, error: undefined });
  expect(await readdir(meta)).toEqual(['of a job']);
  await rm(meta, { recursive: true });

  const remote = await serveCold(machine);
  const address = join(home, 'ci-storage-host');
  await rm(address);
  await mkdir(address);
  expect(await remote.stop()).toMatchObject({ exitCode: 0, error: undefined });
  expect(await readdir(home)).toEqual(['ci-storage-host']);
  expect(remote.messages().join('\n')).toContain(`${address} is left alone at the close`);
});

test('a workspace that is removed while the slots are listed is made again', async () => {
  const machine = await createMachine();
  await storeSlot(machine, 'slot');
  const bin = join(machine.directory, 'bin');
  await mkdir(bin);
  // Only the list of slots sorts by time.
  const remove = `case $1 in -1ctd) rm -rf '${machine.workDirectory}/app' ;; esac`;
  const text = `#!/bin/sh\n${remove}\nPATH=/usr/bin:/bin exec ls "$@"\n`;
  await writeFile(join(bin, 'ls'), text, { mode: 0o755 });
  const booted = boot(machine, { PATH: `${bin}:${process.env['PATH']}` });
  expect(await booted.serving).toBe(true);
  expect(prewarmOf(booted)).toMatchObject({ ok: true, files: 1 });
  expect(await readFile(join(machine.workspace, 'which'), 'utf8')).toBe('slot');
});

test('homes in which nothing can be made start the runner cold, with warnings', async () => {
  const machine = await createMachine();
  // The kernel lets nobody make anything there, root neither.
  const closed = {
    ...machine,
    guest: { ...machine.guest, home: '/proc' },
    supervisor: { ...machine.supervisor, home: '/proc' },
  };
  const booted = await serveCold(closed);
  const messages = booted.messages().join('\n');
  expect(messages).toMatch(/\/proc\/\.ssh\/id_rsa is another key or cannot be written/);
  expect(messages).toMatch(/\/proc\/ci-storage-host cannot be written/);
  expect(await booted.stop()).toMatchObject({ exitCode: 0, error: undefined });
});
