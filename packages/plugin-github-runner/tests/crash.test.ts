import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import type { EmbeddedGitHub } from '@ci-runner/sandbox';
import { makeLightMachine, offerRelease, type LightMachine } from './light-machine.ts';
import { eventually, processesOf } from './machine.ts';
import { sha256Of } from './releases.ts';

type Child = ChildProcessByStdio<null, Readable, null>;

const PROGRAM = new URL('./install-program.ts', import.meta.url);

/** Starts a supervisor's boot in a process of its own. */
const startInstall = (
  { guest, cacheDir, root }: LightMachine,
  { url, token }: EmbeddedGitHub,
  path = process.env['PATH'] ?? '',
): Child => {
  const program = fileURLToPath(PROGRAM);
  const args = [program, guest, cacheDir, root, `${url}/api/v3`, token];
  const child = spawn(process.execPath, ['--conditions=ci-runner-source', ...args], {
    env: { PATH: path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
};

/** Answers what it logged. */
const finish = async (child: Child): Promise<string> => {
  const [log] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect(child.exitCode).toBe(0);
  return log;
};

/** What was killed leaves its children: they hold the machine's directories. */
const killRest = async (folder: string): Promise<void> => {
  for (const pid of (await processesOf(folder)).keys()) process.kill(pid, 'SIGKILL');
};

const installed = async ({ root }: LightMachine): Promise<string[]> =>
  readdir(join(root, 'versions'));

it('containers that share a cache install at once without breaking each other', async () => {
  const { github, release, downloads } = await offerRelease();
  const first = await makeLightMachine();
  const machines = [first, { ...(await makeLightMachine()), cacheDir: first.cacheDir }];
  await Promise.all(machines.map(async (machine) => finish(startInstall(machine, github))));
  for (const machine of machines) expect(await installed(machine)).toEqual([release.version]);
  const kept = join(first.cacheDir, 'actions-runner');
  expect(await readdir(kept)).toEqual([release.filename]);
  expect(sha256Of(await readFile(join(kept, release.filename)))).toBe(release.sha256);
  const third = { ...(await makeLightMachine()), cacheDir: first.cacheDir };
  const before = downloads();
  expect(await finish(startInstall(third, github))).toContain('comes from the cache');
  expect(downloads()).toBe(before);
});

it.each(['--extract', '--list'])(
  'a supervisor that is killed while tar does %s leaves nothing that is taken for a runner',
  async (step) => {
    const { github, release } = await offerRelease();
    const machine = await makeLightMachine();
    const [bin, mark] = [join(machine.folder, 'bin'), join(machine.root, 'mark')];
    await mkdir(bin);
    // What it unpacks lacks its end, as after a crash.
    const slow = `case "$1" in ${step}) ;; *) exec /usr/bin/env -S PATH=/usr/bin:/bin tar "$@" ;; esac
PATH=/usr/bin:/bin tar "$@"
for file in $(find "${machine.root}" -name Runner.Listener); do : >"$file"; done
: >'${mark}'; exec tail -f '${mark}'`;
    await writeFile(join(bin, 'tar'), `#!/bin/sh\n${slow}\n`);
    await chmod(join(bin, 'tar'), 0o755);
    onTestFinished(async () => killRest(machine.folder));
    const child = startInstall(machine, github, `${bin}:${process.env['PATH']}`);
    await eventually(() => existsSync(mark) || undefined);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await installed(machine)).filter((name) => !name.startsWith('.'))).toEqual([]);
    const log = await finish(startInstall(machine, github));
    expect(log).toContain(`actions-runner ${release.version}`);
    expect(await installed(machine)).toEqual([release.version]);
  },
);
