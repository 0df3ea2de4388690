import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { localMetaPath } from '../src/slots/local-meta.ts';
import { isRoot, remoteUser } from './boot.ts';
import { createSite } from './command-site.ts';
import { ciStorage } from './run-command-line.ts';
import { canRunSshd, startSshd } from './sshd.ts';

let directory: string;
let local: string;
let elsewhere: string;
let storage: string;

beforeEach(async () => {
  ({ directory, local, elsewhere, storage } = await createSite());
});

/** An rsync that says in a file that it runs, and hangs for ever. */
const hangingRsync = async (): Promise<string> => {
  const bin = join(directory, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'rsync'), '#!/bin/sh\n: >"$0.runs"\necho hangs >&2\nexec sleep 600\n', {
    mode: 0o755,
  });
  return `${bin}:${process.env['PATH']}`;
};

test.for([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('%s ends it, with nothing left behind', async ([signal, code]) => {
  const env = { PATH: await hangingRsync() };
  const ran = await ciStorage(
    ['store', '--slot-id=main', `--local-dir=${local}`, `--storage-dir=${storage}`],
    {
      env,
      onStart: (child) => {
        const timer = setInterval(() => {
          // Earlier, the storage may have made a directory whose name only a clean-up gets to know.
          if (existsSync(join(directory, 'bin/rsync.runs'))) child.kill(signal);
        }, 50);
        child.once('exit', () => clearInterval(timer));
      },
    },
  );
  expect(ran).toMatchObject({
    code,
    stderr: expect.stringContaining('ended before it was done\n') as string,
  });
  expect(await readdir(storage)).toEqual([]);
});

test.skipIf(!isRoot)('guest can use it, and root after guest and the other way round', async () => {
  await chmod(directory, 0o755);
  for (const path of [directory, local, join(local, 'file')]) await chown(path, 65_534, 65_534);
  const guest = { prefix: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] };
  const args = ['--slot-id=main', `--local-dir=${local}`, `--storage-dir=${storage}`];
  for (const how of [guest, {}, guest]) {
    const ran = await ciStorage(['store', ...args], how);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stderr).not.toContain('cannot be written');
  }
  expect((await stat(join(storage, 'main/file'))).uid).toBe(65_534);
  expect((await stat(localMetaPath(local))).uid).toBe(65_534);
});

test.skipIf(!(await canRunSshd()))(
  'over ssh, the storage’s directory is below the account’s home',
  async () => {
    const sshd = await startSshd();
    onTestFinished(async () => sshd.stop());
    const home = join(directory, 'home');
    await mkdir(join(home, '.ssh'), { recursive: true, mode: 0o700 });
    await writeFile(join(home, '.ssh/id_rsa'), sshd.key, { mode: 0o600 });
    // ssh looks for the home in the list of accounts, whatever the environment says.
    const config = `#!/bin/sh\nexec /usr/bin/ssh -i '${home}/.ssh/id_rsa' -o UserKnownHostsFile='${home}/.ssh/known_hosts' "$@"\n`;
    await mkdir(join(directory, 'bin'));
    await writeFile(join(directory, 'bin/ssh'), config, { mode: 0o755 });
    const env = { PATH: `${directory}/bin:${process.env['PATH']}` };
    const name = `.${basename(directory)}`;
    onTestFinished(async () => rm(join(homedir(), name), { recursive: true, force: true }));
    const host = `--storage-host=${remoteUser}@127.0.0.1:${sshd.port}`;
    const args = [host, `--storage-dir=~/${name}`, '--slot-id=main'];
    expect(await ciStorage(['store', ...args, `--local-dir=${local}`], { env })).toMatchObject({
      code: 0,
    });
    expect(await readdir(join(homedir(), name))).toEqual(['main']);
    expect(await ciStorage(['load', ...args, `--local-dir=${elsewhere}`], { env })).toMatchObject({
      code: 0,
    });
    expect(await readFile(join(elsewhere, 'file'), 'utf8')).toBe('content');
  },
);
