import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  lchown,
  lstat,
  mkdir,
  readFile,
  readdir,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { boot, createMachine, isRoot, prewarmOf, type Machine } from './boot.ts';
import { storeSlot } from './slots.ts';

/** Makes `{workDir}/app`, as an earlier job of guest does. */
const makeParent = async ({ workspace, guest }: Machine): Promise<void> => {
  await mkdir(dirname(workspace));
  if (isRoot) await chown(dirname(workspace), guest.uid, guest.gid);
};

/** Makes a directory outside of the work directory, which guest could change. */
const makeTarget = async ({ directory, guest }: Machine): Promise<string> => {
  const target = join(directory, 'target');
  await mkdir(target);
  await writeFile(join(target, 'precious'), 'kept');
  if (isRoot) await chown(target, guest.uid, guest.gid);
  return target;
};

const linkOfGuest = async ({ guest }: Machine, target: string, path: string): Promise<void> => {
  await symlink(target, path);
  if (isRoot) await lchown(path, guest.uid, guest.gid);
};

const arrangements: Readonly<Record<string, (machine: Machine) => Promise<void>>> = {
  'a plain file': async ({ workspace }) => writeFile(workspace, ''),
  'a dangling link': async ({ workspace }) => symlink('nowhere', workspace),
};

test.for(Object.keys(arrangements))(
  '%s in the place of the workspace is replaced',
  async (what) => {
    const machine = await createMachine();
    await storeSlot(machine, 'slot');
    await makeParent(machine);
    await arrangements[what]?.(machine);
    const booted = boot(machine, {});
    expect(await booted.serving).toBe(true);
    expect(prewarmOf(booted)).toMatchObject({ ok: true, files: 1 });
    expect(await readFile(join(machine.workspace, 'which'), 'utf8')).toBe('slot');
  },
);

test.for(['the workspace', 'its parent'])(
  'a link in the place of %s is not followed',
  async (what) => {
    const machine = await createMachine();
    const target = await makeTarget(machine);
    if (what === 'the workspace') {
      await makeParent(machine);
      await linkOfGuest(machine, target, machine.workspace);
    } else await linkOfGuest(machine, target, dirname(machine.workspace));
    const booted = boot(machine, {});
    expect(await booted.serving).toBe(true);
    expect(await readdir(target)).toEqual(['precious']);
    expect((await lstat(machine.workspace)).isDirectory()).toBe(true);
    expect(await readdir(machine.workspace)).toEqual([]);
  },
);

test.skipIf(!isRoot)(
  'what root left in the workspace is removed, links in it not followed',
  async () => {
    const machine = await createMachine();
    await storeSlot(machine, 'slot');
    const target = await makeTarget(machine);
    await makeParent(machine);
    const left = join(machine.workspace, 'of-root');
    await mkdir(left, { recursive: true, mode: 0o700 });
    await writeFile(join(left, 'file'), 'left over');
    await symlink(target, join(left, 'link'));
    const booted = boot(machine, {});
    expect(await booted.serving).toBe(true);
    expect(prewarmOf(booted)).toMatchObject({ ok: true, files: 1 });
    expect(await readdir(machine.workspace)).toEqual(['which']);
    expect(await readdir(machine.workDirectory)).toEqual(['app']);
    expect(await readdir(target)).toEqual(['precious']);
    expect(booted.messages().join('\n')).toMatch(
      /app\/app does not belong to nobody: .* is removed/,
    );
  },
);

/** Makes a parent in which guest can make no workspace. */
const closeParent = async (machine: Machine): Promise<void> => {
  await storeSlot(machine, 'slot');
  await makeParent(machine);
  await chmod(dirname(machine.workspace), 0o500);
};

test('a workspace that cannot be made starts the runner cold', async () => {
  const machine = await createMachine();
  await closeParent(machine);
  const booted = boot(machine, {});
  expect(await booted.serving).toBe(true);
  expect(prewarmOf(booted)).toMatchObject({ level: 'warn', ok: false });
  expect(prewarmOf(booted)?.message).toMatch(/app\/app cannot be made .* starts cold$/);
});

test('a workspace that cannot be made ends the boot where the storage is required', async () => {
  const machine = await createMachine();
  await closeParent(machine);
  const { exitCode, error } = await boot(machine, {}, { required: true }).ended;
  expect([exitCode, error?.code]).toEqual([75, 'SERVICE_UNAVAILABLE']);
  expect(error?.message).toMatch(/app\/app cannot be made/);
});

test.skipIf(!isRoot)('what root left and cannot be removed starts the runner cold', async () => {
  const machine = await createMachine();
  await storeSlot(machine, 'slot');
  await makeParent(machine);
  await mkdir(machine.workspace);
  await writeFile(join(machine.workspace, 'file'), 'left over');
  const bin = join(machine.directory, 'bin');
  await mkdir(bin);
  for (const program of ['sh', 'setpriv', 'mkdir', 'rm', 'chmod', 'find', 'rsync']) {
    const directory = ['/bin', '/usr/bin'].find((path) => existsSync(join(path, program)));
    await symlink(join(directory ?? '/bin', program), join(bin, program));
  }
  const booted = boot(machine, { PATH: bin });
  expect(await booted.serving).toBe(true);
  expect(prewarmOf(booted)).toMatchObject({ level: 'warn', ok: false });
  expect(prewarmOf(booted)?.message).toMatch(/app cannot be removed .* cannot be emptied/);
});

test.skipIf(!isRoot)(
  'what rsync may not read is named, and rsync’s own lines are logged',
  async () => {
    const machine = await createMachine();
    const secret = join(await storeSlot(machine, 'slot'), 'secret');
    await writeFile(secret, '', { mode: 0o600 });
    const booted = boot(machine, {});
    expect(await booted.serving).toBe(true);
    const message = prewarmOf(booted)?.message;
    expect(message).toContain(`has no access to ${secret} (rsync: `);
    expect(message).not.toContain('authorized_keys');
    expect(booted.messages()).toContainEqual(
      expect.stringMatching(
        /^prewarm: rsync: \[sender\] .*"[^"]*secret": Permission denied \(13\)$/,
      ),
    );
  },
);

test('a link that takes the place of the workspace during the load is not followed', async () => {
  const machine = await createMachine();
  await storeSlot(machine, 'slot');
  const target = await makeTarget(machine);
  const bin = join(machine.directory, 'bin');
  await mkdir(bin);
  const { workspace } = machine;
  const text = `#!/bin/sh\nrmdir '${workspace}' && ln -s '${target}' '${workspace}'\nexit 1\n`;
  for (const program of ['tar', 'rsync'])
    await writeFile(join(bin, program), text, { mode: 0o755 });
  const booted = boot(machine, { PATH: `${bin}:${process.env['PATH']}` });
  expect(await booted.serving).toBe(true);
  expect(prewarmOf(booted)).toMatchObject({ ok: false });
  expect(await readdir(target)).toEqual(['precious']);
  await expect(lstat(workspace)).rejects.toThrow('ENOENT');
});
