import { execFileSync } from 'node:child_process';
import {
  chmod,
  chown,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { installActionsRunner } from '@ci-runner/sandbox';

/** Directories that an unprivileged guest can use. */
export interface Machine {
  /** Guest's account; the supervisor's own when it is not root. */
  readonly guest: string;
  readonly runnerDirectory: string;
  readonly workDir: string;
  /** Guest owns it. */
  readonly cacheDir: string;
  /** A folder where guest may write. */
  readonly scratch: string;
}

export const isRoot: boolean = process.getuid?.() === 0;

const idOf = (flag: string, name: string): number =>
  Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));

/** Makes a stand-in runner directory and a work directory that belong to guest; both go with the test. */
export const makeMachine = async (): Promise<Machine> => {
  const root = await mkdtemp(join(tmpdir(), 'github-runner-test-'));
  onTestFinished(async () => rm(root, { recursive: true, force: true }));
  await chmod(root, 0o755);
  const guest = isRoot ? 'nobody' : execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
  const owner = { uid: idOf('-u', guest), gid: idOf('-g', guest) };
  // The folders above our own Node may be closed to guest.
  const node = join(root, 'node');
  await copyFile(process.execPath, node);
  await chmod(node, 0o755);
  const [runnerDirectory, workDir, cacheDir, scratch] = ['runner', 'work', 'cache', 'scratch'].map(
    (name) => join(root, name),
  ) as [string, string, string, string];
  for (const path of [runnerDirectory, workDir, cacheDir, scratch]) {
    await mkdir(path);
    if (isRoot) await chown(path, owner.uid, owner.gid);
  }
  await installActionsRunner(runnerDirectory, isRoot ? { node, owner } : { node });
  return { guest, runnerDirectory, workDir, cacheDir, scratch };
};

/** Waits until `look` answers something. The test's own time-out ends a wait in vain. */
export const eventually = async <Found>(
  look: () => Found | undefined | Promise<Found | undefined>,
): Promise<Found> => {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await sleep(25);
  }
};

/** Puts a shell script in the place of config.sh; `$real` is the one that was there. */
export const wrapConfig = async (runnerDirectory: string, script: string): Promise<void> => {
  const real = join(runnerDirectory, 'real-config.sh');
  await rename(join(runnerDirectory, 'config.sh'), real);
  const text = `#!/bin/sh\nreal='${real}'\n${script}\n`;
  await writeFile(join(runnerDirectory, 'config.sh'), text, { mode: 0o755 });
};

/** The command lines of the live processes that name `text`, by pid. */
export const processesOf = async (text: string): Promise<Map<number, string>> => {
  const found = new Map<number, string>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(text)) found.set(Number(name), command.replaceAll('\0', ' ').trim());
  }
  return found;
};

/** The pid of the one process of this name below `directory`. */
export const findProcess = async (
  machine: Machine,
  program: 'Runner.Listener' | 'Runner.Worker',
): Promise<number | undefined> => {
  const path = join(machine.runnerDirectory, 'bin', program);
  return [...(await processesOf(path)).keys()][0];
};

/** Ends whatever still runs out of the machine's directories. */
export const killProcesses = async ({ runnerDirectory }: Machine): Promise<void> => {
  for (const pid of (await processesOf(dirname(runnerDirectory))).keys()) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
};
