import { once } from 'node:events';
import { chown, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { localMetaOf } from '../src/layout.ts';
import { boot, createMachine, isRoot, prewarmOf, remoteUser } from './boot.ts';
import { differences, fillSlot, storeSlot, timesOf } from './slots.ts';
import { canRunSshd, startSshd, type Sshd } from './sshd.ts';
import { access, commandLines, dirtyWorkspace } from './storage-access.ts';

const available = await canRunSshd();

describe.skipIf(!available)('a storage over ssh', () => {
  let sshd: Sshd;

  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(async () => sshd.stop());

  test('loads the newest slot exactly, as guest, and leaves nothing to send', async () => {
    const machine = await createMachine();
    await storeSlot(machine, 'older');
    const slot = await storeSlot(
      machine,
      'newest-1_a',
      'full_snapshot_history=newest-1_a older\nhints=h1 h2\n',
    );
    await fillSlot(slot, 500);
    await storeSlot(machine, 'older.tmp.1700000000');
    await storeSlot(machine, 'older.bak.1700000000');
    await writeFile(join(machine.slots, 'plainfile'), '');
    await dirtyWorkspace(machine);
    const secretLine = sshd.key.split('\n')[2] ?? '';
    let seenInArguments = false;
    const watch = setInterval(() => (seenInArguments ||= commandLines().includes(secretLine)), 20);
    onTestFinished(() => clearInterval(watch));

    const booted = boot(machine, access(sshd));
    expect(await booted.serving).toBe(true);

    expect(prewarmOf(booted)).toMatchObject({ ok: true, files: 501, transport: 'ssh' });
    expect(prewarmOf(booted)?.['bytes']).toBeGreaterThan(400_000);
    expect(await differences(slot, machine.workspace)).toBe('');
    expect(await timesOf(machine.workspace)).toEqual(await timesOf(slot));
    expect(await readdir(join(machine.workspace, 'empty'))).toEqual([]);
    expect(await readdir(machine.workspace)).not.toContain('.ci-storage.meta');
    expect((await stat(join(machine.workspace, 'which'))).uid).toBe(machine.guest.uid);
    expect(await readFile(localMetaOf(machine.workspace), 'utf8')).toBe(
      'full_snapshot_history=newest-1_a older\nhints=h1 h2\n',
    );
    expect(secretLine).toHaveLength(70);
    expect(seenInArguments).toBe(false);
    expect(JSON.stringify(booted.records)).not.toContain(secretLine);

    await booted.stop();
    await expect(stat(localMetaOf(machine.workspace))).rejects.toThrow('ENOENT');
    const again = boot(machine, access(sshd));
    expect(await again.serving).toBe(true);
    expect(prewarmOf(again)).toMatchObject({ ok: true, files: 0, bytes: 0 });
  });

  test('guest finds the key and the host where jobs look for them, until the close', async () => {
    const machine = await createMachine();
    const { home, uid } = machine.guest;
    const mangled = sshd.key.trimEnd().replaceAll('\n', '\r\n');
    const booted = boot(machine, access(sshd, mangled));
    expect(await booted.serving).toBe(true);
    expect(prewarmOf(booted)).toMatchObject({ ok: true, files: 0 });
    expect(await readFile(join(home, '.ssh/id_rsa'), 'utf8')).toBe(sshd.key);
    expect(await readFile(join(home, 'ci-storage-host'), 'utf8')).toBe(
      `${remoteUser}@127.0.0.1:${sshd.port}\n`,
    );
    const directory = await stat(join(home, '.ssh'));
    const key = await stat(join(home, '.ssh/id_rsa'));
    expect([directory.mode & 0o777, key.mode & 0o777]).toEqual([0o700, 0o600]);
    expect([directory.uid, key.uid]).toEqual([uid, uid]);
    await booted.stop();
    expect(await readdir(home)).toEqual([]);
  });

  test.skipIf(!isRoot)('root has the key too, and guest alone the directories', async () => {
    const machine = await createMachine();
    const booted = boot(machine, access(sshd));
    expect(await booted.serving).toBe(true);
    const { home } = machine.supervisor;
    expect(await readFile(join(home, '.ssh/id_rsa'), 'utf8')).toBe(sshd.key);
    for (const path of [machine.workDirectory, join(machine.directory, 'cache')]) {
      const { uid, mode } = await stat(path);
      expect([uid, mode & 0o777]).toEqual([machine.guest.uid, 0o700]);
    }
    await booted.stop();
    expect(await readdir(home)).toEqual([]);
  });

  test.for(['another key', 'a link'])('%s in ~/.ssh/id_rsa is left alone', async (kind) => {
    const machine = await createMachine();
    await storeSlot(machine, 'slot');
    const { home, uid, gid } = machine.guest;
    const file = join(home, '.ssh/id_rsa');
    await mkdir(join(home, '.ssh'), { mode: 0o700 });
    if (isRoot) await chown(join(home, '.ssh'), uid, gid);
    const target = join(machine.directory, 'target');
    await writeFile(target, 'their own');
    if (kind === 'a link') await symlink(target, file);
    else await writeFile(file, 'their own');
    const booted = boot(machine, access(sshd));
    expect(await booted.serving).toBe(true);
    expect(prewarmOf(booted)).toMatchObject({ ok: true, files: 1 });
    expect(booted.messages().join('\n')).toMatch(/id_rsa is another key .* left alone/);
    await booted.stop();
    expect((await lstat(file)).isSymbolicLink()).toBe(kind === 'a link');
    expect(await readFile(file, 'utf8')).toBe('their own');
  });

  test('waits for a storage that comes up later', async () => {
    const machine = await createMachine();
    await storeSlot(machine, 'slot');
    const forward = createServer((client) => {
      const upstream = connect(sshd.port, '127.0.0.1');
      client.pipe(upstream).pipe(client);
      client.on('error', () => upstream.destroy());
      upstream.on('error', () => client.destroy());
    }).listen(0, '127.0.0.1');
    await once(forward, 'listening');
    const { port } = forward.address() as AddressInfo;
    forward.close();
    await once(forward, 'close');
    const booted = boot(machine, {
      ...access(sshd),
      CI_STORAGE_HOST: `${remoteUser}@127.0.0.1:${port}`,
    });
    await vi.waitFor(
      () => expect(booted.messages().join('\n')).toContain('phase prepare system'),
      20_000,
    );
    forward.listen(port, '127.0.0.1');
    onTestFinished(() => void forward.close());
    expect(await booted.serving).toBe(true);
    expect(prewarmOf(booted)).toMatchObject({ ok: true, files: 1 });
  });
});
