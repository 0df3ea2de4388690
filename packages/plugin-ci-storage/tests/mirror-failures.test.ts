import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { MirrorError, mirrorSlot } from '../src/mirror/index.ts';
import { makeMirrorRig, type MirrorRig } from './mirror-rig.ts';
import { canRunSshd, startSshd, type Sshd } from './sshd.ts';
import { makeZoo } from './zoo.ts';

/** Makes a program that stands before the real one on the storage host, by way of a script that the account's shell runs first. */
const insteadOf = async (rig: MirrorRig, program: string, text: string): Promise<MirrorRig> => {
  const bin = join(rig.slot, '../bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, program), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const original = rig.request.source;
  const source = {
    ...original,
    shell: (script: string, args: readonly string[]) =>
      original.shell(`PATH='${bin}':$PATH\n${script}`, args),
  };
  return { ...rig, request: { ...rig.request, source } };
};

/** The options that our sender passes to tar, with the version asked for answered by the real one. */
const REAL_VERSION = 'case $1 in --version) exec /usr/bin/tar --version ;; esac';

describe.runIf(await canRunSshd())('mirroring a slot when something goes wrong', () => {
  let server: Sshd;

  beforeAll(async () => {
    server = await startSshd();
  });

  afterAll(async () => server.stop());

  const makeRig = async (): Promise<MirrorRig> => {
    const rig = await makeMirrorRig(server);
    await makeZoo(rig.slot);
    return rig;
  };

  test('a connection that breaks off is resumed by rsync, which sends only what is missing', async () => {
    const text = `${REAL_VERSION}\n/usr/bin/tar "$@" | head -c 3000000\nkill -9 0`;
    const rig = await insteadOf(await makeRig(), 'tar', text);
    const mirrored = await mirrorSlot(rig.request);
    expect(await rig.differences()).toBe('');
    expect(mirrored.how).toBe('stream+rsync');
  });

  test('a stream that ends early between two files does not pass for whole', async () => {
    const cut = `${REAL_VERSION}\n/usr/bin/tar "$@" --exclude=large\n`;
    const lying = `${cut}echo 'Total bytes written: 1 (1B, 1B/s)' >&2`;
    const rig = await insteadOf(await makeRig(), 'tar', lying);
    expect(await mirrorSlot(rig.request)).toMatchObject({ how: 'rsync' });
    expect(await rig.differences()).toBe('');
  });

  test('what the sender could not read is not trusted: the directory is emptied and rsync fills it', async () => {
    const text = `${REAL_VERSION}\n/usr/bin/tar "$@"\necho 'tar: ./large: Cannot open: Permission denied' >&2\nexit 2`;
    const rig = await insteadOf(await makeRig(), 'tar', text);
    expect(await mirrorSlot(rig.request)).toMatchObject({ how: 'rsync' });
    expect(await rig.differences()).toBe('');
  });

  test('a store that shares files with the slot while it is sent spoils nothing', async () => {
    const rig = await makeRig();
    // In the middle of the largest file; some versions of tar take that for a change of the file.
    const link = `ln -f '${rig.slot}/large' '${rig.slot}/../shared too'`;
    const text = `${REAL_VERSION}\nexec /usr/bin/tar "$@" --checkpoint=1 --checkpoint-action=exec="${link}"`;
    const shared = await insteadOf(rig, 'tar', text);
    expect(await mirrorSlot(shared.request)).toMatchObject({ how: 'stream' });
    expect((await stat(join(rig.slot, 'large'))).nlink).toBe(3);
    expect(rig.started).not.toContain('rsync');
    expect(await rig.differences()).toBe('');
  });

  test('a file that really changes while it is sent is sent again by rsync', async () => {
    const rig = await makeRig();
    const text = `${REAL_VERSION}\n/usr/bin/tar "$@"\necho more >>'${rig.slot}/large'\nexit 1`;
    const changed = await insteadOf(rig, 'tar', text);
    const mirrored = await mirrorSlot(changed.request);
    expect(mirrored).toMatchObject({ how: 'stream+rsync', generation: undefined });
    expect(await rig.differences()).toBe('');
  });

  test('what a storage without GNU’s find sends is counted here', async () => {
    const rig = await insteadOf(
      await makeRig(),
      'find',
      'echo "unrecognized: -printf" >&2; exit 1',
    );
    const mirrored = await mirrorSlot(rig.request);
    expect(mirrored).toMatchObject({ how: 'stream' });
    expect(mirrored.files).toBeGreaterThan(20);
    expect(await rig.differences()).toBe('');
  });

  test.each([
    ['no tar', 'exit 127'],
    ['the tar of somebody else', 'echo "bsdtar 3.7.2"'],
  ])('a storage with %s is read by rsync', async (_what, text) => {
    const rig = await insteadOf(await makeRig(), 'tar', text);
    expect(await mirrorSlot(rig.request)).toMatchObject({ how: 'rsync' });
    expect(await rig.differences()).toBe('');
  });

  test.each([
    ['find that is not GNU’s', 'find', 'echo "find: unrecognized: -printf" >&2; exit 1'],
    ['perl without its modules', 'perl', 'echo "Can\'t locate Digest/MD5.pm" >&2; exit 2'],
  ])('a storage with a %s is compared by rsync', async (_what, program, text) => {
    const rig = await makeRig();
    await mirrorSlot(rig.request);
    const other = await insteadOf(rig, program, text);
    expect(await mirrorSlot(other.request)).toMatchObject({ how: 'rsync', files: 0 });
    expect(await rig.differences()).toBe('');
  });

  test('a slot that is not there is an error with the words of rsync', async () => {
    const rig = await makeRig();
    await rm(rig.slot, { recursive: true });
    await expect(mirrorSlot(rig.request)).rejects.toThrow('No such file or directory');
    expect(await readdir(rig.directory)).toEqual([]);
  });

  test('a slot that is removed while it is sent is an error, and leaves nothing of it', async () => {
    const rig = await makeRig();
    const text = `${REAL_VERSION}\n/usr/bin/tar "$@" --exclude=large\nmv '${rig.slot}' '${rig.slot}.bak.rm1'`;
    const removed = await insteadOf(rig, 'tar', text);
    await expect(mirrorSlot(removed.request)).rejects.toThrow('No such file or directory');
    expect(await readdir(rig.directory)).toEqual([]);
  });

  test('a host that falls silent is given up', async () => {
    const text = `${REAL_VERSION}\n/usr/bin/tar "$@" | head -c 3000000\nexec sleep 600`;
    const rig = await insteadOf(await makeRig(), 'tar', text);
    const failed = mirrorSlot({ ...rig.request, silenceSeconds: 2 });
    await expect(failed).rejects.toBeInstanceOf(MirrorError);
    await expect(failed).rejects.toMatchObject({ message: 'nothing came for 2 s', silent: true });
  });

  test('an abort ends it and all that it has started', async () => {
    const text = `${REAL_VERSION}\necho $$ >"$0.pid"\nexec sleep 600`;
    const rig = await insteadOf(await makeRig(), 'tar', text);
    const controller = new AbortController();
    const failed = mirrorSlot({ ...rig.request, signal: controller.signal });
    const ended = failed.catch((error: unknown) => error);
    const pidFile = join(rig.slot, '../bin/tar.pid');
    await vi.waitFor(async () => readFile(pidFile, 'utf8'), 20_000);
    controller.abort(new Error('enough'));
    expect(await ended).toEqual(new Error('enough'));
    expect(rig.started.filter((command) => command === 'rsync')).toEqual([]);
  });
});
