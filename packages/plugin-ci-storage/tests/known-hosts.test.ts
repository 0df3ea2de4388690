import { chown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, createMachine, isRoot, prewarmOf, type Booted, type Machine } from './boot.ts';
import { storeSlot } from './slots.ts';
import { canRunSshd, startSshd, type Sshd } from './sshd.ts';
import { access } from './storage-access.ts';

const OTHER = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIPRRN6jv+pks3Fi9ewvRhQeCvZpMTCD+KIFp+VYbc5i';

const machineWithSlot = async (): Promise<Machine> => {
  const machine = await createMachine();
  await storeSlot(machine, 'slot');
  return machine;
};

const writeOwn = async ({ guest }: Machine, lines: string): Promise<string> => {
  const path = join(guest.home, '.ssh/known_hosts');
  await mkdir(join(guest.home, '.ssh'), { mode: 0o700 });
  await writeFile(path, lines);
  if (isRoot) await chown(join(guest.home, '.ssh'), guest.uid, guest.gid);
  return path;
};

describe.skipIf(!(await canRunSshd()))('with CI_STORAGE_KNOWN_HOSTS', () => {
  let sshd: Sshd;
  let place: string;

  beforeAll(async () => {
    sshd = await startSshd();
    place = `[127.0.0.1]:${sshd.port}`;
  });
  afterAll(async () => sshd.stop());

  const bootWith = (machine: Machine, lines: string): Booted =>
    boot(machine, { ...access(sshd), CI_STORAGE_KNOWN_HOSTS: lines });

  test('the right host is loaded from, and jobs trust it alone', async () => {
    const machine = await machineWithSlot();
    const booted = bootWith(machine, `${place} ${sshd.hostKey}`);
    expect(await booted.serving).toBe(true);
    expect(prewarmOf(booted)).toMatchObject({ ok: true, files: 1 });
    for (const { home, uid } of [machine.guest, machine.supervisor]) {
      const path = join(home, '.ssh/known_hosts');
      expect(await readFile(path, 'utf8')).toBe(`${place} ${sshd.hostKey}\n`);
      expect([(await stat(path)).uid, (await stat(path)).mode & 0o777]).toEqual([uid, 0o600]);
    }
    await booted.stop();
    expect(await readdir(machine.guest.home)).toEqual([]);
    expect(await readdir(machine.supervisor.home)).toEqual([]);
  });

  test('they may come from a file', async () => {
    const machine = await machineWithSlot();
    const file = join(machine.directory, 'pins');
    await writeFile(file, `${place} ${sshd.hostKey}\r\n`);
    const booted = boot(machine, { ...access(sshd), CI_STORAGE_KNOWN_HOSTS_FILE: file });
    expect(await booted.serving).toBe(true);
    expect(prewarmOf(booted)).toMatchObject({ ok: true, files: 1 });
  });

  test('another key of the host starts the runner cold, also where guest knows the right one', async () => {
    const machine = await machineWithSlot();
    const own = await writeOwn(machine, `${place} ${sshd.hostKey}\n`);
    const booted = bootWith(machine, `${place} ${OTHER}`);
    expect(await booted.serving).toBe(true);
    expect(prewarmOf(booted)).toMatchObject({ ok: false });
    expect(prewarmOf(booted)?.message).toMatch(
      /the host key of .* is not the one that is known .*mend CI_STORAGE_KNOWN_HOSTS/,
    );
    expect(booted.messages().join('\n')).toContain(`${own} stays as it is`);
    await booted.stop();
    expect(await readFile(own, 'utf8')).toBe(`${place} ${sshd.hostKey}\n`);
  });

  test('lines for other hosts alone start the runner cold', async () => {
    const machine = await machineWithSlot();
    const booted = bootWith(machine, `elsewhere ${sshd.hostKey}`);
    expect(await booted.serving).toBe(true);
    expect(prewarmOf(booted)?.message).toMatch(
      /CI_STORAGE_KNOWN_HOSTS has no line for .*add the line that ssh-keyscan -p PORT HOST prints/,
    );
  });

  test('they hold for a key that guest has anyway', async () => {
    const machine = await machineWithSlot();
    const { CI_STORAGE_PRIVATE_KEY: _key, ...host } = access(sshd);
    const booted = boot(machine, { ...host, CI_STORAGE_KNOWN_HOSTS: `${place} ${OTHER}` });
    expect(await booted.serving).toBe(true);
    expect(prewarmOf(booted)?.message).toMatch(/the host key of .* is not the one that is known/);
  });
});

test('a list at fault ends the boot with everything that is wrong', async () => {
  const lines = `storage ${OTHER.slice(0, 40)}\n${OTHER}\n`;
  const variables = { CI_STORAGE_HOST: 'ci@127.0.0.1:1', CI_STORAGE_KNOWN_HOSTS: lines };
  const { exitCode, error } = await boot(await createMachine(), variables).ended;
  expect([exitCode, error?.code]).toEqual([78, 'CONFIG_INVALID']);
  expect(error?.message).toMatch(/CI_STORAGE_KNOWN_HOSTS: line 1 has a key that is damaged/);
  expect(error?.message).toMatch(/CI_STORAGE_KNOWN_HOSTS: line 2 has no host before the key/);
});

test.each(['a missing file', 'a directory'])('%s is no list', async (kind) => {
  const machine = await createMachine();
  const path = join(machine.directory, 'pins');
  if (kind === 'a directory') await mkdir(path);
  const { exitCode, error } = await boot(machine, { CI_STORAGE_KNOWN_HOSTS_FILE: path }).ended;
  expect(exitCode).toBe(78);
  const code = kind === 'a directory' ? 'EISDIR); Docker mounts a directory' : 'ENOENT)';
  expect(error?.message).toContain(
    `CI_STORAGE_KNOWN_HOSTS_FILE: got "${path}"; takes the path of a readable file (${code}`,
  );
});
