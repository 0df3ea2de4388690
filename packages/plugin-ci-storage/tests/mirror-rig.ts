import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { asUser, systemEffects, type User } from '@ci-runner/core';
import { onTestFinished } from 'vitest';
import {
  fastSshOptions,
  type MirrorRequest,
  type MirrorSource,
  type StartProgram,
} from '../src/mirror/index.ts';
import { remoteUser } from './boot.ts';
import type { Sshd } from './sshd.ts';

const run = promisify(execFile);

/** A slot on a storage host, and an empty local directory of guest's. */
export interface MirrorRig {
  readonly slot: string;
  readonly directory: string;
  readonly request: MirrorRequest;
  /** The programs that were started here, in order. */
  readonly started: readonly string[];
  /** What rsync would still do, reading every byte, but for owners; to the directory unless another one is named. */
  readonly differences: (other?: string) => Promise<string>;
}

/** Quotes for POSIX sh. */
const quote = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

const findGuest = async (): Promise<User> => {
  const current = systemEffects.users.current();
  if (current.uid !== 0) return current;
  const guest = await systemEffects.users.find('nobody');
  if (guest === undefined) throw new Error('no account nobody');
  return guest;
};

/** Takes the groups of the account, or the given ones besides its first. */
const asGuest = (
  guest: User,
  groups: readonly number[],
  command: string,
  args: readonly string[],
): [string, string[]] => {
  if (guest.uid === process.getuid?.()) return [command, [...args]];
  if (groups.length === 0) return asUser(guest, command, args);
  const identity = [`--reuid=${guest.uid}`, `--regid=${guest.gid}`, `--groups=${groups.join()}`];
  return ['setpriv', [...identity, command, ...args]];
};

const startAs =
  (guest: User, groups: readonly number[], started: string[]): StartProgram =>
  async ({ command, args, onLine }) => {
    started.push(command);
    const [program, rest] = asGuest(guest, groups, command, args);
    const child = spawn(program, rest, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: guest.home, LC_ALL: 'C' },
    });
    const read = (['stdout', 'stderr'] as const).map(async (name) => {
      const lines = createInterface({ input: child[name] });
      lines.on('line', (line) => onLine(line, name));
      await once(lines, 'close');
    });
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    return {
      exited: ended.then(async ([code, signal]) => {
        await Promise.all(read);
        return { code, signal };
      }),
      killGroup: (signal) => {
        try {
          process.kill(-(child.pid ?? Number.NaN), signal);
        } catch {
          // Nothing of the group is left.
        }
      },
    };
  };

const sourceOf = async (
  { port, key }: Sshd,
  directory: string,
  guest: User,
  slot: string,
): Promise<MirrorSource> => {
  const keyFile = join(directory, 'key');
  await writeFile(keyFile, key, { mode: 0o600 });
  await chown(keyFile, guest.uid, guest.gid);
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'];
  const ssh = [
    '-F',
    'none',
    '-i',
    keyFile,
    '-p',
    String(port),
    ...[...options, 'LogLevel=ERROR'].flatMap((option) => ['-o', option]),
    ...fastSshOptions(),
  ];
  const account = `${remoteUser}@127.0.0.1`;
  return {
    path: slot,
    shell: (script, args) => ({
      command: 'ssh',
      args: [...ssh, account, ['sh', '-c', script, 'sh', ...args].map(quote).join(' ')],
    }),
    rsyncSource: `${account}:${slot}`,
    rsyncArguments: ['-e', ['ssh', ...ssh].join(' ')],
  };
};

/** Makes the rig; it is removed with the test. `groups` are guest's besides its first one, where root runs the tests. */
export const makeMirrorRig = async (
  server: Sshd,
  groups: readonly number[] = [],
): Promise<MirrorRig> => {
  const root = await mkdtemp(join(tmpdir(), 'mirror-'));
  onTestFinished(async () => {
    await run('chmod', ['-R', 'u+rwX', root]);
    await rm(root, { recursive: true, force: true });
  });
  await chmod(root, 0o755);
  const guest = await findGuest();
  const slot = join(root, 'storage/slot');
  const directory = join(root, 'work');
  await mkdir(slot, { recursive: true });
  await mkdir(directory);
  await chown(directory, guest.uid, guest.gid);
  const started: string[] = [];
  return {
    slot,
    directory,
    started,
    request: {
      source: await sourceOf(server, root, guest, slot),
      directory,
      start: startAs(guest, groups, started),
    },
    differences: async (other = directory) => {
      const flags = ['-aHcin', '--delete', '--modify-window=-1', '--exclude=.ci-storage.meta'];
      // Guest cannot give files away.
      const owners = ['--no-owner', '--no-group'];
      const { stdout } = await run('rsync', [...flags, ...owners, `${slot}/`, `${other}/`]);
      return stdout;
    },
  };
};
