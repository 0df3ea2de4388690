import { execFile } from 'node:child_process';
import {
  appendFile,
  chmod,
  link,
  lutimes,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mirrorSlot, type MirrorRequest } from '../src/mirror/index.ts';
import { canRunSshd, startSshd, type Sshd } from './sshd.ts';
import { makeMirrorRig } from './mirror-rig.ts';
import { makeZoo } from './zoo.ts';

const run = promisify(execFile);

type MirrorProgress = Parameters<NonNullable<MirrorRequest['onProgress']>>[0];

const countFiles = async (directory: string): Promise<number> => {
  const { stdout } = await run('find', [directory, '-type', 'f', '-printf', 'x']);
  return stdout.length;
};

describe.runIf(await canRunSshd())('mirroring a slot with one of everything', () => {
  let server: Sshd;

  beforeAll(async () => {
    server = await startSshd();
  });

  afterAll(async () => server.stop());

  test('an empty directory becomes equal by one stream, and is known to be equal then', async () => {
    const { slot, directory, request, started, differences } = await makeMirrorRig(server);
    await makeZoo(slot);
    const seen: MirrorProgress[] = [];
    const onProgress = (progress: MirrorProgress): void => void seen.push(progress);
    const mirrored = await mirrorSlot({ ...request, onProgress });
    expect(await differences()).toBe('');
    expect(mirrored.how).toBe('stream');
    expect(mirrored.bytes).toBeGreaterThan(5_000_000);
    expect(mirrored.files).toBe(await countFiles(directory));
    expect(seen.at(-1)?.bytes).toBeLessThanOrEqual(mirrored.bytes);
    for (const { percent = 0 } of seen) expect(percent).toBeLessThan(100);
    expect(await readdir(directory)).not.toContain('.ci-storage.meta');
    expect(await readdir(join(directory, 'a'))).not.toContain('.ci-storage.meta');
    const { blocks } = await stat(join(directory, 'only a hole'));
    expect(blocks).toBeLessThan(1_000);
    expect(started).not.toContain('rsync');

    const generation = `${(await stat(slot)).ino} .`;
    expect(mirrored.generation).toBe(generation);
    expect(await mirrorSlot(request)).toEqual({ files: 0, bytes: 0, how: 'equal', generation });
    expect(started).not.toContain('rsync');
  });

  test('links and pipes that are one in the slot and two here are not taken for equal', async () => {
    const { slot, directory, request, differences } = await makeMirrorRig(server);
    await mirrorSlot(request);
    await symlink('target', join(slot, 'one'));
    await symlink('target', join(slot, 'other'));
    await run('mkfifo', [join(slot, 'pipe'), join(slot, 'queue')]);
    await mirrorSlot(request);
    expect(await differences()).toBe('');
    const { mtime } = await stat(slot);
    for (const [name, twin] of [
      ['one', 'other'],
      ['pipe', 'queue'],
    ] as const) {
      await rm(join(slot, twin));
      await link(join(slot, name), join(slot, twin));
    }
    for (const name of ['one', 'other', 'pipe', 'queue']) {
      await lutimes(join(slot, name), 5, 5);
      await lutimes(join(directory, name), 5, 5);
    }
    for (const path of [slot, directory]) await utimes(path, mtime, mtime);
    expect(await differences()).toMatch(/^hL.*\nhS.*\n$/);
    expect(await mirrorSlot(request)).toMatchObject({ how: 'rsync' });
    expect(await differences()).toBe('');
    expect(await mirrorSlot(request)).toMatchObject({ how: 'equal' });
  });

  test('links and pipes that are one arrive as one', async () => {
    const { slot, directory, request, differences } = await makeMirrorRig(server);
    await run('mkfifo', [join(slot, 'pipe')]);
    await symlink('/absolute', join(slot, 'one'));
    await link(join(slot, 'one'), join(slot, 'other'));
    expect(await mirrorSlot(request)).toMatchObject({ how: 'stream' });
    expect(await differences()).toBe('');
    await link(join(slot, 'pipe'), join(slot, 'queue'));
    await run('find', [directory, '-mindepth', '1', '-delete']);
    expect(await mirrorSlot(request)).toMatchObject({ how: 'stream+rsync' });
    expect(await differences()).toBe('');
  });

  test('a file of many gigabytes arrives with its holes', async () => {
    const { slot, directory, request } = await makeMirrorRig(server);
    const size = 9_000_000_000;
    await writeFile(join(slot, 'huge'), 'begins');
    await truncate(join(slot, 'huge'), size);
    expect(await mirrorSlot(request)).toMatchObject({ how: 'stream' });
    const huge = await stat(join(directory, 'huge'));
    expect(huge.size).toBe(size);
    expect(huge.blocks).toBeLessThan(1_000);
    expect(await mirrorSlot(request)).toMatchObject({ how: 'equal' });
  });

  test.each([
    ['content', async (path: string) => appendFile(join(path, 'large'), 'more')],
    ['mode', async (path: string) => chmod(join(path, 'large'), 0o600)],
    ['mode of a folder', async (path: string) => chmod(join(path, 'a'), 0o700)],
    ['time', async (path: string) => utimes(join(path, 'näme'), 1, 1_600_000_005.123_457)],
    ['time of a folder', async (path: string) => utimes(join(path, 'a'), 1, 2)],
    ['name', async (path: string) => rename(join(path, '*'), join(path, '**'))],
    ['additional file', async (path: string) => writeFile(join(path, 'a/b/more'), '')],
    ['missing file', async (path: string) => rm(join(path, 'a/b/c/twin'))],
    [
      'link that became a copy',
      async (path: string) => {
        await run('touch', ['-r', path, `${path}-time`]);
        await rm(join(path, 'z-twin'));
        await run('cp', ['-p', join(path, 'näme'), join(path, 'z-twin')]);
        await run('touch', ['-r', `${path}-time`, path]);
      },
    ],
  ])('another %s in the directory is seen and mended', async (_what, change) => {
    const { slot, directory, request, differences } = await makeMirrorRig(server);
    await makeZoo(slot);
    await mirrorSlot(request);
    await change(directory);
    expect(await differences()).not.toBe('');
    expect(await mirrorSlot(request)).toMatchObject({ how: 'rsync' });
    expect(await differences()).toBe('');
  });
});
