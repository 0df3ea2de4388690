import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { MirrorError, mirrorSlot } from '../src/mirror/index.ts';
import { isRoot } from './boot.ts';
import { makeMirrorRig, type MirrorRig } from './mirror-rig.ts';
import { canRunSshd, startSshd, type Sshd } from './sshd.ts';
import { makeZoo } from './zoo.ts';

const run = promisify(execFile);

/** Puts a file system of `size` at the directory; answers whether this machine lets us. */
const mountSmall = async (directory: string, size: string): Promise<boolean> => {
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', directory]).then(
    () => true,
    () => false,
  );
  if (mounted) onTestFinished(async () => void (await run('umount', [directory])));
  return mounted;
};

/** user::rwx, group::r-x, other::--- as acl(5) has it in an attribute of Linux: a version, and entries of tag, permissions and id. */
const ACL = ['02000000', '01000700ffffffff', '04000500ffffffff', '20000000ffffffff'].join('');

/** Gives the directory a default access control list; answers whether this machine can. */
const denyOthers = async (directory: string): Promise<boolean> => {
  const script =
    'import os, sys; os.setxattr(sys.argv[1], "system.posix_acl_default", bytes.fromhex(sys.argv[2]))';
  return run('python3', ['-c', script, directory, ACL]).then(
    () => true,
    () => false,
  );
};

describe.runIf(await canRunSshd())('mirroring a slot into a machine as it is', () => {
  let server: Sshd;

  beforeAll(async () => {
    server = await startSshd();
  });

  afterAll(async () => server.stop());

  const makeRig = async (groups: readonly number[] = []): Promise<MirrorRig> => {
    const rig = await makeMirrorRig(server, groups);
    await makeZoo(rig.slot);
    return rig;
  };

  test('a directory that is missing is made', async () => {
    const { directory, request, differences } = await makeRig();
    const inside = join(directory, 'not yet/there');
    expect(await mirrorSlot({ ...request, directory: inside })).toMatchObject({ how: 'stream' });
    expect(await differences(inside)).toBe('');
  });

  test.runIf(isRoot)(
    'a disk that is full is an error, and leaves no part of the slot',
    async (context) => {
      const { directory, request } = await makeRig();
      const small = join(directory, 'small');
      await mkdir(small);
      if (!(await mountSmall(small, '2m'))) context.skip('this machine lets nobody mount');
      const { uid, gid } = await stat(directory);
      await chown(small, uid, gid);
      const failed = mirrorSlot({ ...request, directory: small });
      await expect(failed).rejects.toBeInstanceOf(MirrorError);
      await expect(failed).rejects.toMatchObject({
        message: 'the disk is full',
        stderr: expect.arrayContaining([expect.stringContaining('No space left on device')]),
      });
      expect(await readdir(small)).toEqual([]);
    },
  );

  test.runIf(isRoot)('files get the groups that guest may give them to', async () => {
    const group = 100;
    const { slot, directory, request } = await makeRig([group]);
    await chown(join(slot, 'program'), 0, group);
    expect(await mirrorSlot(request)).toMatchObject({ how: 'stream+rsync' });
    expect((await stat(join(directory, 'program'))).gid).toBe(group);
    await chown(join(directory, 'program'), 65_534, 65_534);
    expect(await mirrorSlot(request)).toMatchObject({ how: 'rsync' });
    expect((await stat(join(directory, 'program'))).gid).toBe(group);
  });

  test.runIf(isRoot)(
    'a directory that gives its group to what is made in it is left to rsync',
    async () => {
      const group = 100;
      const { directory, request } = await makeRig([group]);
      await chown(directory, 65_534, group);
      await chmod(directory, 0o2775);
      const inside = join(directory, 'not yet/there');
      expect(await mirrorSlot({ ...request, directory: inside })).toMatchObject({ how: 'rsync' });
    },
  );

  test('a directory that gives an access control list to what is made in it is left to rsync', async (context) => {
    const { directory, request, differences } = await makeRig();
    if (!(await denyOthers(directory))) context.skip('there is no way to set such a list');
    expect(await mirrorSlot(request)).toMatchObject({ how: 'rsync' });
    expect(await differences()).toBe('');
  });

  test('a server that refuses new connections for a while is asked again', async () => {
    const { request, differences } = await makeRig();
    const { source } = request;
    let asked = 0;
    const refusing = {
      ...source,
      shell: (script: string, args: readonly string[]) => {
        asked += 1;
        const refusal =
          "echo 'kex_exchange_identification: Connection closed by remote host' >&2; exit 255";
        return asked < 3 ? { command: 'sh', args: ['-c', refusal] } : source.shell(script, args);
      },
    };
    expect(await mirrorSlot({ ...request, source: refusing })).toMatchObject({ how: 'stream' });
    expect(asked).toBe(3);
    expect(await differences()).toBe('');
  });

  test('twenty clients at once all get a slot from one server', async () => {
    const { slot, directory, request, differences } = await makeMirrorRig(server);
    await writeFile(join(slot, 'file'), 'small');
    const loads = Array.from({ length: 20 }, async (_, index) =>
      mirrorSlot({ ...request, directory: `${directory}/${index}` }),
    );
    const all = await Promise.all(loads);
    expect(all.map(({ how }) => how)).toEqual(Array.from({ length: 20 }, () => 'stream'));
    expect(await differences(join(directory, '19'))).toBe('');
  });
});
