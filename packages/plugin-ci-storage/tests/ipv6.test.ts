import { execFile } from 'node:child_process';
import { chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, createMachine, isRoot, prewarmOf, remoteUser } from './boot.ts';
import { createRig, sshTo } from './library-rig.ts';
import { differences, fillSlot, storeSlot } from './slots.ts';
import { canRunSshd, startSshd, type Sshd } from './sshd.ts';
import { access } from './storage-access.ts';

const run = promisify(execFile);

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === '::1');

describe.skipIf(!hasIpv6 || !(await canRunSshd()))('a storage with an IPv6 address', () => {
  let sshd: Sshd;

  beforeAll(async () => {
    sshd = await startSshd({ host: '::1' });
  });
  afterAll(async () => sshd.stop());

  test('is loaded from, by a stream and file by file, and its key is pinned', async () => {
    const machine = await createMachine();
    await fillSlot(await storeSlot(machine, 'first'), 20);
    const pinned = `[::1]:${sshd.port} ${sshd.hostKey}`;
    const variables = { ...access(sshd), CI_STORAGE_KNOWN_HOSTS: pinned };
    const first = boot(machine, variables);
    expect(await first.serving).toBe(true);
    expect(prewarmOf(first)).toMatchObject({ ok: true, slot: 'first', files: 21 });
    await first.stop();
    const slot = await storeSlot(machine, 'second');
    const second = boot(machine, variables);
    expect(await second.serving).toBe(true);
    expect(prewarmOf(second)).toMatchObject({ ok: true, slot: 'second', files: 1 });
    expect(await differences(slot, machine.workspace)).toBe('');
  });

  test('takes what is stored, and is named with its brackets when it is in the way', async () => {
    const rig = await createRig(await sshTo(sshd));
    await writeFile(join(rig.local, 'file'), 'content');
    expect(await rig.store('one')).toMatchObject({ files: 1 });
    expect(await rig.load('one', { directory: join(rig.directory, 'elsewhere') })).toMatchObject({
      outcome: 'loaded',
    });
    const refused = await createRig(await sshTo({ ...sshd, port: 1 }, { connectSeconds: 0.3 }));
    await expect(refused.load('one')).rejects.toThrow(/^\[::1\]:1 did not answer/);
  });

  test('is found by jobs, with ssh and with rsync, by the name that ci-storage-host holds', async () => {
    const machine = await createMachine();
    const slot = await storeSlot(machine, 'slot');
    const { home } = machine.guest;
    const booted = boot(machine, access(sshd));
    expect(await booted.serving).toBe(true);
    const address = (await readFile(join(home, 'ci-storage-host'), 'utf8')).trim();
    // What the action's tool makes of it.
    const [, account = '', port = ''] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
    expect([account, port]).toEqual([`${remoteUser}@[::1]`, String(sshd.port)]);
    // ssh looks for homes in the list of accounts, whatever the environment says.
    const as = ['-F', join(home, '.ssh/config'), '-i', join(home, '.ssh/id_rsa')];
    const ssh = [
      ...as,
      '-oStrictHostKeyChecking=no',
      '-oUserKnownHostsFile=/dev/null',
      `-p${port}`,
    ];
    expect((await run('ssh', [...ssh, account, 'echo reached'])).stdout).toBe('reached\n');
    const target = join(machine.directory, 'target');
    await run('rsync', [
      '-a',
      '-e',
      ['ssh', ...ssh].join(' '),
      `${account}:${slot}/`,
      `${target}/`,
    ]);
    expect(await readFile(join(target, 'which'), 'utf8')).toBe('slot');
    await booted.stop();
    expect(await readdir(home)).toEqual([]);
  });

  test('a configuration of ssh that guest has stays, and the log says what it lacks', async () => {
    const machine = await createMachine();
    const { home, uid, gid } = machine.guest;
    const directory = join(home, '.ssh');
    await mkdir(directory, { mode: 0o700 });
    if (isRoot) await chown(directory, uid, gid);
    await writeFile(join(directory, 'config'), '# their own\n');
    const booted = boot(machine, access(sshd));
    expect(await booted.serving).toBe(true);
    expect(booted.messages().join('\n')).toMatch(
      /\.ssh\/config stays as it is: with the lines "Host \[::1\]" and " {2}HostName ::1" the GitHub action/,
    );
    await booted.stop();
    expect(await readFile(join(directory, 'config'), 'utf8')).toBe('# their own\n');
  });
});
