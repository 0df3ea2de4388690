import { chmod, chown, lchown, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createLocalTransport, type SlotTransport } from '../src/library.ts';
import { isRoot } from './boot.ts';
import { createRig, sshTo } from './library-rig.ts';
import { snapshot } from './random-tree.ts';
import { canRunSshd, startSshd, type Sshd } from './sshd.ts';

const hasSshd = await canRunSshd();
let sshd: Sshd;

beforeAll(async () => {
  if (hasSshd) sshd = await startSshd();
});
afterAll(async () => sshd?.stop());

const transports: Readonly<Record<string, () => Promise<SlotTransport>>> = {
  local: async () => createLocalTransport(),
  ...(hasSshd ? { ssh: async () => sshTo(sshd) } : {}),
};

test.for(Object.keys(transports))(
  'paths of any characters reach the storage over %s',
  async (kind) => {
    const rig = await createRig(await transports[kind]?.());
    const odd = `a:b 'c' "d" $HOME \`e\` \\f [g] h* ?\ni`;
    const path = join(rig.directory, 'storage', odd);
    const directory = join(rig.directory, odd);
    await mkdir(directory);
    await writeFile(join(directory, 'file'), 'content');
    await rig.store('slot', { path, directory });
    const elsewhere = `${directory} elsewhere`;
    await rig.load('slot', { path, directory: elsewhere });
    expect(await snapshot(elsewhere)).toEqual(await snapshot(directory));
    expect(await readdir(join(rig.directory, 'storage'))).toEqual([odd]);
    expect(await readdir(path)).toEqual(['slot']);
  },
);

test.skipIf(!isRoot || !hasSshd)('owners survive a storage whose account is not root', async () => {
  const server = await startSshd({
    forceCommand:
      'exec setpriv --reuid=65534 --regid=65534 --clear-groups sh -c "$SSH_ORIGINAL_COMMAND"',
  });
  onTestFinished(async () => server.stop());
  const rig = await createRig(await sshTo(server));
  await chmod(rig.directory, 0o755);
  await mkdir(rig.path, { recursive: true });
  await chown(rig.path, 65_534, 65_534);
  await mkdir(join(rig.local, 'folder'));
  await writeFile(join(rig.local, 'folder/file'), 'content', { mode: 0o400 });
  await symlink('file', join(rig.local, 'folder/link'));
  await chown(join(rig.local, 'folder/file'), 4_242, 4_243);
  await lchown(join(rig.local, 'folder/link'), 4_244, 4_245);
  await chown(join(rig.local, 'folder'), 4_246, 4_247);
  const before = await snapshot(rig.local);
  await rig.store('slot');
  expect((await stat(join(rig.path, 'slot/folder/file'))).uid).toBe(65_534);
  const elsewhere = join(rig.directory, 'elsewhere');
  await rig.load('slot', { directory: elsewhere });
  expect(await snapshot(elsewhere)).toEqual(before);
});
