import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { unpack } from '../src/updates/unpack.ts';
import { makeLightMachine, type LightMachine } from './light-machine.ts';
import { withContext } from './with-context.ts';

const VERSION = '2.337.0';

/** Packs what `fill` puts into a directory. */
const pack = async (fill: (layout: string) => Promise<void>, ...options: string[]) => {
  const folder = await mkdtemp(join(tmpdir(), 'github-runner-unpack-'));
  onTestFinished(async () => rm(folder, { recursive: true, force: true }));
  const layout = join(folder, 'layout');
  await mkdir(join(layout, 'bin'), { recursive: true });
  await fill(layout);
  const archive = join(folder, 'archive.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', layout, ...options, '.'], { stdio: 'pipe' });
  return archive;
};

const writeListener =
  (script: string) =>
  async (layout: string): Promise<void> => {
    await writeFile(join(layout, 'bin/Runner.Listener'), `#!/bin/sh\n${script}\n`);
    await chmod(join(layout, 'bin/Runner.Listener'), 0o755);
  };

const saysVersion = writeListener(`echo ${VERSION}`);

const unpackOn = async (machine: LightMachine, path: string): Promise<void> => {
  await withContext(machine, async (context) => {
    await using archive = await open(path);
    const release = {
      version: VERSION,
      filename: 'archive.tar.gz',
      url: '',
      sha256: undefined,
      token: undefined,
    };
    await unpack({ release, archive, root: machine.root, signal: context.signal }, context);
  });
};

it('unpacks as guest, and leaves nothing beside the release', async () => {
  const machine = await makeLightMachine();
  await unpackOn(machine, await pack(saysVersion, '--owner=0', '--group=0'));
  const versions = join(machine.root, 'versions');
  expect(await readdir(versions)).toEqual([VERSION]);
  expect((await stat(join(versions, VERSION, 'bin/Runner.Listener'))).uid).toBe(machine.uid);
});

it('takes the .env of the image along, as guest', async () => {
  const machine = await makeLightMachine();
  await writeFile(join(machine.root, '.env'), 'https_proxy=http://proxy.example\n');
  await unpackOn(machine, await pack(saysVersion));
  const copy = join(machine.root, 'versions', VERSION, '.env');
  expect(await readFile(copy, 'utf8')).toBe('https_proxy=http://proxy.example\n');
  expect((await stat(copy)).uid).toBe(machine.uid);
});

it('replaces a release of that name that is broken', async () => {
  const machine = await makeLightMachine();
  const archive = await pack(saysVersion);
  await unpackOn(machine, archive);
  const directory = join(machine.root, 'versions', VERSION);
  await rm(join(directory, 'bin'), { recursive: true });
  await unpackOn(machine, archive);
  expect(existsSync(join(directory, 'bin/Runner.Listener'))).toBe(true);
});

it.each<[string, () => Promise<string>, string]>([
  [
    'a name above its directory',
    async () => pack(saysVersion, '--transform=s,Listener,../../../escaped,', '-P'),
    'leads out of its directory',
  ],
  [
    'an absolute name',
    async () => pack(saysVersion, '--transform=s,^\\./bin/Runner,/tmp/escaped,', '-P'),
    'leads out of its directory',
  ],
  ['no runner', async () => pack(async () => {}), 'Runner.Listener'],
  ['another version', async () => pack(writeListener('echo 2.338.0')), 'holds version 2.338.0'],
  [
    'a runner that does not start',
    async () => pack(writeListener('echo no libicu >&2; exit 134')),
    'no libicu',
  ],
  [
    'something else',
    async () => {
      const path = await pack(saysVersion);
      await writeFile(path, 'this is no archive');
      return path;
    },
    'tar of archive.tar.gz ended with code',
  ],
])('refuses an archive with %s, and leaves nothing of it', async (_what, make, words) => {
  const machine = await makeLightMachine();
  await expect(unpackOn(machine, await make())).rejects.toThrow(words);
  const names = await readdir(join(machine.root, 'versions')).catch((): string[] => []);
  expect(names).toEqual([]);
  expect(existsSync(join(machine.root, 'escaped'))).toBe(false);
});
