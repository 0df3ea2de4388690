import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createMachine, isRoot, type Machine } from './boot.ts';
import { canRunSshd } from './sshd.ts';

const run = promisify(execFile);

const COMMAND = join(import.meta.dirname, '../src/bin/ci-storage.ts');

/** An account of every Debian that is neither guest nor root. */
export const OWNER: { readonly name: string; readonly uid: number; readonly gid: number } = {
  name: 'games',
  uid: 5,
  gid: 60,
};

/** Whether this machine can run the tests. */
export const canSudo: boolean = isRoot && existsSync('/usr/sbin/visudo') && (await canRunSshd());

/** A machine with a directory of another account. */
export interface Shared extends Machine {
  /** Belongs to the other account. */
  readonly shared: string;
  /** The command, as the image has it in /usr/bin. */
  readonly command: string;
}

/** Makes one that is removed with the test. */
export const createShared = async (): Promise<Shared> => {
  const machine = await createMachine();
  const shared = join(machine.directory, 'shared');
  await mkdir(shared, { mode: 0o700 });
  await writeFile(join(shared, 'file'), 'content', { mode: 0o600 });
  for (const path of [shared, join(shared, 'file')]) await chown(path, OWNER.uid, OWNER.gid);
  // Jobs are in directories that other accounts cannot enter.
  await chmod(machine.guest.home, 0o700);
  const command = join(machine.directory, 'ci-storage');
  const text = `#!/bin/sh\nexec '${process.execPath}' --conditions=ci-runner-source '${COMMAND}' "$@"\n`;
  await writeFile(command, text, { mode: 0o755 });
  return { ...machine, shared, command };
};

/** How a command line ended, and all that it printed. */
export interface Ran {
  readonly code: number;
  readonly output: string;
}

/** Runs a command line as guest, as a job does. */
export const asGuest = async ({ guest }: Machine, ...line: readonly string[]): Promise<Ran> => {
  const { uid, gid } = guest;
  const switched = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--', ...line];
  const env = { PATH: '/usr/bin:/bin', HOME: guest.home, NODE_OPTIONS: '--no-such-option' };
  return run('setpriv', switched, { cwd: guest.home, env }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      output: error.stdout + error.stderr,
    }),
  );
};
