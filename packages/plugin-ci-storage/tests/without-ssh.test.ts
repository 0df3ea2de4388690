import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boot, createMachine, prewarmOf } from './boot.ts';
import { differences, fillSlot, storeSlot } from './slots.ts';

test('without a host, a storage directory is one of this machine', async () => {
  const machine = await createMachine();
  const slot = await storeSlot(machine, 'slot');
  await fillSlot(slot, 20);
  const booted = boot(machine, {});
  expect(await booted.serving).toBe(true);
  expect(prewarmOf(booted)).toMatchObject({ ok: true, files: 21, transport: 'local' });
  expect(await differences(slot, machine.workspace)).toBe('');
});

test('without host and directory nothing is loaded, and one line says so', async () => {
  const machine = await createMachine();
  await storeSlot(machine, 'slot');
  const booted = boot(machine, {}, { storageDir: undefined });
  expect(await booted.serving).toBe(true);
  const lines = booted.messages().filter((message) => message.startsWith('prewarm'));
  expect(lines).toEqual([
    'prewarm: CI_STORAGE_HOST is not set: nothing is loaded, the runner starts cold',
  ]);
  expect(await readdir(machine.workDirectory)).toEqual([]);
});

test('a slot stored later is the newest, whatever its name', async () => {
  const machine = await createMachine();
  for (const id of ['b', 'c', 'a']) await storeSlot(machine, id);
  const booted = boot(machine, {});
  expect(await booted.serving).toBe(true);
  expect(await readFile(join(machine.workspace, 'which'), 'utf8')).toBe('a');
});

test('a runner of an organization loads every listed repository, and no other', async () => {
  const machine = await createMachine();
  await storeSlot(machine, 'of-app');
  const web = {
    ...machine,
    slots: machine.slots.replace('octo/app', 'octo/web').replace('app_app', 'web_web'),
  };
  await storeSlot(web, 'of-web');
  const organization = { GH_ORGANIZATION: 'octo' };
  const cold = boot(machine, organization);
  expect(await cold.serving).toBe(true);
  expect(await readdir(machine.workDirectory)).toEqual([]);
  const listed = { ...organization, CI_RUNNER_PREWARM_REPOSITORIES: 'octo/app,octo/web' };
  const warm = boot(machine, listed);
  expect(await warm.serving).toBe(true);
  const read = async (name: string) =>
    readFile(join(machine.workDirectory, name, name, 'which'), 'utf8');
  expect([await read('app'), await read('web')]).toEqual(['of-app', 'of-web']);
});

test('an address at fault is told with its form', async () => {
  const booted = boot(await createMachine(), { CI_STORAGE_HOST: 'a b' });
  const { exitCode, error } = await booted.ended;
  expect(exitCode).toBe(78);
  expect(error?.message).toMatch(/CI_STORAGE_HOST: got "a b"; takes \[user@\]host\[:port\]/);
});

test('a required storage must be named', async () => {
  const options = { storageDir: undefined, required: true };
  const booted = boot(await createMachine(), {}, options);
  const { exitCode, error } = await booted.ended;
  expect(exitCode).toBe(78);
  expect(error?.message).toMatch(/CI_STORAGE_HOST: takes .*required/);
});

test('a missing rsync starts the runner cold', async () => {
  const machine = await createMachine();
  await storeSlot(machine, 'slot');
  const bin = join(machine.directory, 'bin');
  await mkdir(bin);
  const programs = 'sh setpriv mkdir rm chmod find cat ls perl'.split(' ');
  for (const program of programs) {
    const directory = ['/bin', '/usr/bin'].find((path) => existsSync(join(path, program)));
    await symlink(join(directory ?? '/bin', program), join(bin, program));
  }
  const booted = boot(machine, { PATH: bin });
  expect(await booted.serving).toBe(true);
  expect(prewarmOf(booted)).toMatchObject({ ok: false, files: 0 });
  expect(prewarmOf(booted)?.message).toMatch(/rsync is not on PATH here; install the package/);
});
