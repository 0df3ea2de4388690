import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  lchown,
  mkdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SudoOptions } from '../src/index.ts';
import { boot, type Booted, type Machine } from './boot.ts';
import { startSshd, type Sshd } from './sshd.ts';
import { access } from './storage-access.ts';
import { asGuest, canSudo, createShared, OWNER, type Shared } from './sudo-rig.ts';

const run = promisify(execFile);

const DROP_IN = '/etc/sudoers.d/ci-storage';
const RULES = '/etc/ci-storage-sudo.json';

describe.skipIf(!canSudo)('sudo ci-storage', () => {
  let sshd: Sshd;

  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(async () => sshd.stop());

  const bootWith = (machine: Shared, sudo: SudoOptions, host = {}): Booted =>
    boot(machine, { ...access(sshd), ...host }, { sudo });

  const grant = async (machine: Shared): Promise<Booted> => {
    const { shared, command } = machine;
    const booted = bootWith(machine, { directories: [shared], command });
    expect(await booted.serving).toBe(true);
    return booted;
  };

  const slot = ({ storageDirectory }: Machine, ...more: readonly string[]): string[] => [
    '--slot-id=one',
    `--storage-dir=${storageDirectory}/others`,
    `--storage-host=${access(sshd)['CI_STORAGE_HOST']}`,
    ...more,
  ];

  test('stores and loads a named directory with the rights of its owner, until the close', async () => {
    const machine = await createShared();
    const { shared, command, storageDirectory } = machine;
    const booted = await grant(machine);
    const sudo = ['sudo', '-n', command];
    const args = slot(machine, `--local-dir=${shared}`);
    expect(await asGuest(machine, ...sudo, 'store', ...args)).toMatchObject({ code: 0 });
    const stored = join(storageDirectory, 'others/one/file');
    expect(await readFile(stored, 'utf8')).toBe('content');
    await writeFile(stored, 'newer');
    await writeFile(join(storageDirectory, 'others/one/of-root'), '');
    expect(await asGuest(machine, ...sudo, ...args, 'load')).toMatchObject({ code: 0 });
    expect(await readFile(join(shared, 'file'), 'utf8')).toBe('newer');
    // With root's rights it would have stayed root's.
    expect((await stat(join(shared, 'of-root'))).uid).toBe(OWNER.uid);
    expect((await stat(DROP_IN)).mode & 0o777).toBe(0o440);

    await booted.stop();
    expect([existsSync(DROP_IN), existsSync(RULES)]).toEqual([false, false]);
    const refused = await asGuest(machine, ...sudo, 'load', ...args);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.output).toContain('sudo');
  });

  test('does nothing else', async () => {
    const machine = await createShared();
    const { shared, command, directory, storageDirectory } = machine;
    await grant(machine);
    const other = join(directory, 'other');
    await mkdir(other, { mode: 0o700 });
    await writeFile(join(other, 'secret'), 'precious');
    await symlink(other, join(directory, 'link'));
    const cases = [
      ['store', ...slot(machine, `--local-dir=${other}`)],
      ['store', ...slot(machine, `--local-dir=${shared}/../other`)],
      ['store', ...slot(machine, `--local-dir=${join(directory, 'link')}`)],
      ['store', ...slot(machine, `--local-dir=${shared}`, `--local-dir=${other}`)],
      ['store', ...slot(machine)],
      // Without a host, the storage is any directory of this machine.
      ['load', '--slot-id=other', `--storage-dir=${directory}`, `--local-dir=${shared}`],
      ['load', ...slot(machine, `--local-dir=${shared}`, '--storage-host=')],
      ['load', ...slot(machine, `--local-dir=${shared}`, '--storage-host=elsewhere')],
      ['list', `--storage-dir=${directory}`],
      ['clean', `--storage-dir=${directory}`],
    ];
    for (const args of cases) {
      const { code, output } = await asGuest(machine, 'sudo', '-n', command, ...args);
      expect({ args, code }).toEqual({ args, code: 1 });
      expect(output).toContain('ci-storage: sudo ci-storage ');
    }
    expect(existsSync(join(storageDirectory, 'others'))).toBe(false);
    expect(await readFile(join(other, 'secret'), 'utf8')).toBe('precious');
    for (const line of [['id'], ['-u', OWNER.name, command], ['sh', '-c', command]]) {
      const { code } = await asGuest(machine, 'sudo', '-n', ...line);
      expect({ line, code }).toEqual({ line, code: 1 });
    }
  });

  test('takes a directory on a way over links that only root can change', async () => {
    const machine = await createShared();
    const { shared, command, directory, guest } = machine;
    await symlink(directory, join(directory, 'of-root'));
    const open = join(directory, 'open');
    await mkdir(open);
    await chmod(open, 0o1777);
    await symlink(directory, join(open, 'of-guest'));
    await lchown(join(open, 'of-guest'), guest.uid, guest.gid);
    const byRoot = join(directory, 'of-root/shared');
    const byGuest = join(open, 'of-guest/shared');
    const refused = bootWith(machine, { directories: [byRoot, byGuest], command });
    const { error } = await refused.ended;
    expect(error?.message).toContain(`got "${byGuest}"; takes directories that only root`);
    expect(error?.message).toContain(`(the link ${open}/of-guest belongs to uid ${guest.uid})`);
    expect(error?.message).not.toContain(byRoot);

    const booted = bootWith(machine, { directories: [byRoot], command });
    expect(await booted.serving).toBe(true);
    const args = ['store', ...slot(machine, `--local-dir=${byRoot}`)];
    expect(await asGuest(machine, 'sudo', '-n', command, ...args)).toMatchObject({ code: 0 });
    await rm(shared, { recursive: true });
    const gone = await asGuest(machine, 'sudo', '-n', command, ...args);
    expect(gone.code).toBe(1);
    expect(gone.output).toContain(`found ${byRoot} changed (it is gone)`);
  });

  test('is off without the option, whatever sudo allows', async () => {
    const machine = await createShared();
    const booted = boot(machine, access(sshd));
    expect(await booted.serving).toBe(true);
    expect([existsSync(DROP_IN), existsSync(RULES)]).toEqual([false, false]);
    const env = { PATH: '/usr/bin:/bin', SUDO_UID: String(machine.guest.uid) };
    const args = ['load', ...slot(machine, `--local-dir=${machine.shared}`)];
    await expect(run(machine.command, args, { env })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('sudo ci-storage is off') as string,
    });
  });

  test('ends with the supervisor, also when that was killed', async () => {
    const machine = await createShared();
    await grant(machine);
    const { child } = run('true');
    await once(child, 'exit');
    const ended = child.pid;
    const rules = JSON.parse(await readFile(RULES, 'utf8')) as { supervisor: { pid: number } };
    const args = ['load', ...slot(machine, `--local-dir=${machine.shared}`)];
    for (const pid of [ended, process.ppid]) {
      const later = { ...rules, supervisor: { ...rules.supervisor, pid } };
      await writeFile(RULES, JSON.stringify(later));
      const { code, output } = await asGuest(machine, 'sudo', '-n', machine.command, ...args);
      expect(code).toBe(1);
      expect(output).toContain('sudo ci-storage is off');
    }
  });

  test('trusts no other host than the pinned one', async () => {
    const machine = await createShared();
    const { shared, command } = machine;
    const pins = `[127.0.0.1]:${sshd.port} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIPRRN6jv+pks3Fi9ewvRhQeCvZpMTCD+KIFp+VYbc5i`;
    const pinned = { CI_STORAGE_KNOWN_HOSTS: pins };
    const booted = bootWith(machine, { directories: [shared], command }, pinned);
    expect(await booted.serving).toBe(true);
    const args = ['store', ...slot(machine, `--local-dir=${shared}`)];
    const { code, output } = await asGuest(machine, 'sudo', '-n', command, ...args);
    expect(code).toBe(2);
    expect(output).toMatch(/the host key of .* is not the one that is known/);
  });

  test('directories and commands that are not safe end the boot, all at once', async () => {
    const machine = await createShared();
    const { shared, command, directory, guest } = machine;
    const ofGuest = join(guest.home, 'mine');
    await mkdir(join(ofGuest, 'theirs'), { recursive: true });
    await chown(ofGuest, guest.uid, guest.gid);
    await chown(join(ofGuest, 'theirs'), OWNER.uid, OWNER.gid);
    await symlink(shared, join(directory, 'link'));
    const directories = [
      join(directory, 'link'),
      join(directory, 'missing'),
      directory,
      ofGuest,
      join(ofGuest, 'theirs'),
      command,
    ];
    const { exitCode, error } = await bootWith(machine, { directories, command }).ended;
    expect([exitCode, error?.code]).toEqual([78, 'CONFIG_INVALID']);
    for (const [index, why] of [
      'takes no links',
      'takes directories that exist',
      'takes no directory of root',
      'takes no directory of nobody',
      `takes directories that only root and their owners can replace (${guest.home} belongs to`,
      'takes directories',
    ].entries()) {
      expect(error?.message).toContain(`got "${directories[index]}"; ${why}`);
    }
    expect(existsSync(DROP_IN)).toBe(false);

    await chmod(command, 0o757);
    const open = bootWith(machine, { directories: [shared], command }, { CI_STORAGE_HOST: '' });
    const { error: faults } = await open.ended;
    expect(faults?.message).toContain(`(others can write to ${command})`);
    expect(faults?.message).toContain('option of ci-storage sudo: is for a storage host');
  });
});
