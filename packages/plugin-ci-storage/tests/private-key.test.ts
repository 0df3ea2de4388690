import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, createMachine, prewarmOf, type Machine } from './boot.ts';
import { storeSlot } from './slots.ts';
import { canRunSshd, generateKey, startSshd, type Sshd } from './sshd.ts';
import { access } from './storage-access.ts';

const available = await canRunSshd();

describe.skipIf(!available)('a private key that ssh takes', () => {
  let sshd: Sshd;

  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(async () => sshd.stop());

  test.each([
    ['the line ends of Windows', '\r\n'],
    [String.raw`\n instead of line ends`, String.raw`\n`],
    ['blanks instead of line ends', ' '],
  ])('opens the storage also with %s', async (what, end) => {
    const machine = await createMachine();
    await storeSlot(machine, 'slot');
    const mangled = sshd.key.trimEnd().replaceAll('\n', end);
    const booted = boot(machine, access(sshd, mangled));
    expect(await booted.serving).toBe(true);
    expect(prewarmOf(booted)).toMatchObject({ ok: true, files: 1 });
    expect(booted.messages().join('\n')).toContain(`CI_STORAGE_PRIVATE_KEY has ${what}`);
    expect(await readFile(join(machine.guest.home, '.ssh/id_rsa'), 'utf8')).toBe(sshd.key);
  });

  test('may come from a file that everybody can read, and is installed for its user alone', async () => {
    const machine = await createMachine();
    await storeSlot(machine, 'slot');
    const file = join(machine.directory, 'mounted');
    await writeFile(file, sshd.key, { mode: 0o644 });
    const { CI_STORAGE_PRIVATE_KEY: _key, ...rest } = access(sshd);
    const booted = boot(machine, { ...rest, CI_STORAGE_PRIVATE_KEY_FILE: file });
    expect(await booted.serving).toBe(true);
    expect(prewarmOf(booted)).toMatchObject({ ok: true, files: 1 });
    expect(booted.records.filter(({ level }) => level === 'warn')).toEqual([]);
    const installed = await stat(join(machine.guest.home, '.ssh/id_rsa'));
    expect([installed.uid, installed.mode & 0o777]).toEqual([machine.guest.uid, 0o600]);
  });
});

/** Nobody answers there: with a key that cannot be used nobody is asked either. */
const HOST = 'ci@127.0.0.1:1';

/** The texts of real keys that cannot be used, and what is said of them. */
const makeUnusable = async ({ directory }: Machine): Promise<Readonly<Record<string, string>>> => {
  const plain = join(directory, 'plain');
  const protectedKey = join(directory, 'protected');
  await generateKey(plain);
  await generateKey(protectedKey, 'a passphrase');
  const lines = (await readFile(plain, 'utf8')).split('\n');
  return {
    'is a public key': await readFile(`${plain}.pub`, 'utf8'),
    'is protected by a passphrase': await readFile(protectedKey, 'utf8'),
    // Only ssh-keygen can tell: a line is missing in the middle.
    'cannot be used: ssh-keygen says': lines.toSpliced(3, 1).join('\n'),
  };
};

describe.skipIf(!available)('a private key that cannot be used', () => {
  const causes = [
    'is a public key',
    'is protected by a passphrase',
    'cannot be used: ssh-keygen says',
  ];

  test.each(causes)('%s: the runner starts cold and installs nothing', async (cause) => {
    const machine = await createMachine();
    const key = (await makeUnusable(machine))[cause] ?? '';
    await mkdir(machine.workspace, { recursive: true });
    const variables = { CI_STORAGE_HOST: HOST, CI_STORAGE_PRIVATE_KEY: key };
    const booted = boot(machine, variables);
    expect(await booted.serving).toBe(true);
    const message = prewarmOf(booted)?.message ?? '';
    expect(prewarmOf(booted)).toMatchObject({ level: 'warn', ok: false, transport: 'ssh' });
    expect(message).toContain(`prewarm: CI_STORAGE_PRIVATE_KEY ${cause}`);
    expect(message).toMatch(/; .+: the runner starts cold$/);
    expect(existsSync(join(machine.guest.home, '.ssh'))).toBe(false);
    expect(await readdir(machine.guest.home)).toEqual(['ci-storage-host']);
    expect(JSON.stringify(booted.records)).not.toContain(key.split('\n')[1] || key.slice(20, 60));
  });

  test.each(causes)('%s: the end of the boot where the storage is required', async (cause) => {
    const machine = await createMachine();
    const key = (await makeUnusable(machine))[cause] ?? '';
    const variables = { CI_STORAGE_HOST: HOST, CI_STORAGE_PRIVATE_KEY: key };
    const { exitCode, error } = await boot(machine, variables, { required: true }).ended;
    expect([exitCode, error?.code]).toEqual([78, 'CONFIG_INVALID']);
    expect(error?.message).toContain(`CI_STORAGE_PRIVATE_KEY: ${cause}`);
  });
});

test('an empty directory in the place of the key starts the runner cold, with the reason', async () => {
  const machine = await createMachine();
  const mounted = join(machine.directory, 'mounted');
  await mkdir(mounted);
  const variables = { CI_STORAGE_HOST: HOST, CI_STORAGE_PRIVATE_KEY_FILE: mounted };
  const booted = boot(machine, variables, { connectSeconds: 0.1 });
  expect(await booted.serving).toBe(true);
  expect(prewarmOf(booted)).toMatchObject({ ok: false });
  const warnings = booted.records.filter(({ level }) => level === 'warn');
  expect(warnings.map(({ message }) => message).join('\n')).toContain(
    `CI_STORAGE_PRIVATE_KEY_FILE: ${mounted} is an empty directory, as Docker makes one`,
  );
});
