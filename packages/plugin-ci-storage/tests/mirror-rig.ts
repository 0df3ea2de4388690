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
  /** What the programs that were started said, and how often each was. */
  readonly started: readonly string[];
  /** What rsync would still do, reading every byte, as guest. */
  readonly differences: () => Promise<string>;
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

const asGuest = (guest: User, command: string, args: readonly string[]): [string, string[]] =>
  guest.uid === process.getuid?.() ? [command, [...args]] : asUser(guest, command, args);

const startAs =
  (guest: User, path: string, started: string[]): StartProgram =>
  async ({ command, args, onLine }) => {
    started.push(command);
    const [program, rest] = asGuest(guest, command, args);
    const child = spawn(program, rest, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: path, HOME: guest.home, LC_ALL: 'C' },
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

/** Makes the rig; it is removed with the test. `path` comes before PATH. */
export const makeMirrorRig = async (server: Sshd, path = ''): Promise<MirrorRig> => {
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
      start: startAs(guest, `${path}${process.env['PATH']}`, started),
    },
    differences: async () => {
      const flags = ['-aHcin', '--delete', '--modify-window=-1', '--exclude=.ci-storage.meta'];
      // Guest would itself be kept from reading what only the storage's account may.
      const owners = ['--no-owner', '--no-group'];
      const { stdout } = await run('rsync', [...flags, ...owners, `${slot}/`, `${directory}/`]);
      return stdout;
    },
  };
};
