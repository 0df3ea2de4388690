import { execFile } from 'node:child_process';
import {
  appendFile,
  chmod,
  readdir,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mirrorSlot } from '../src/mirror/index.ts';
import { canRunSshd, startSshd, type Sshd } from './sshd.ts';
import { makeMirrorRig } from './mirror-rig.ts';
import { makeZoo } from './zoo.ts';

const run = promisify(execFile);

describe.runIf(await canRunSshd())('mirroring a slot with one of everything', () => {
  let server: Sshd;

  beforeAll(async () => {
    server = await startSshd();
  });

  afterAll(async () => server.stop());

  test('an empty directory becomes equal by one stream, and is known to be equal then', async () => {
    const { slot, directory, request, started, differences } = await makeMirrorRig(server);
    await makeZoo(slot);
    const seen: number[] = [];
    const onProgress = ({ bytes }: { bytes: number }): void => void seen.push(bytes);
    const mirrored = await mirrorSlot({ ...request, onProgress });
    expect(await differences()).toBe('');
    expect(mirrored.how).toBe('stream');
    expect(mirrored.bytes).toBeGreaterThan(5_000_000);
    expect(seen.at(-1)).toBeLessThanOrEqual(mirrored.bytes);
    expect(await readdir(directory)).not.toContain('.ci-storage.meta');
    expect(await readdir(join(directory, 'a'))).not.toContain('.ci-storage.meta');
    const { blocks } = await stat(join(directory, 'only a hole'));
    expect(blocks).toBeLessThan(1_000);
    expect(started).not.toContain('rsync');

    expect(await mirrorSlot(request)).toEqual({ files: 0, bytes: 0, how: 'equal' });
    expect(started).not.toContain('rsync');
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

  test('excludes and layers follow the rules of rsync', async () => {
    const { slot, directory, request } = await makeMirrorRig(server);
    await makeZoo(slot);
    expect(await mirrorSlot({ ...request, layer: ['/a/b/c/*'] })).toMatchObject({ how: 'rsync' });
    expect(await readdir(join(directory, 'a/b/c'))).toEqual(['twin']);
    await mirrorSlot({ ...request, excludes: ['large', 'a'] });
    const names = await readdir(directory);
    expect(names).toEqual(expect.arrayContaining(['a', 'näme']));
    expect(names).not.toContain('large');
  });
});
