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
  type RsyncManner,
} from '../src/mirror/index.ts';
import type { StartProcess } from '../src/processes/start-process.ts';
import { rsyncArguments } from '../src/transport/rsync-arguments.ts';
import { readRsyncOutput } from '../src/transport/rsync-output.ts';
import type { Transferred } from '../src/transport/slot-transport.ts';
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
  (guest: User, groups: readonly number[], started: string[]): StartProcess =>
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
      stdin: null,
      killGroup: (signal) => {
        try {
          process.kill(-(child.pid ?? Number.NaN), signal);
        } catch {
          // Nothing of the group is left.
        }
      },
    };
  };

/** ssh to the server, with everything that it needs. */
const sshTo = async ({ port, key }: Sshd, directory: string, guest: User): Promise<string[]> => {
  const keyFile = join(directory, 'key');
  await writeFile(keyFile, key, { mode: 0o600 });
  await chown(keyFile, guest.uid, guest.gid);
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'];
  return [
    'ssh',
    '-F',
    'none',
    '-i',
    keyFile,
    '-p',
    String(port),
    ...[...options, 'LogLevel=ERROR'].flatMap((option) => ['-o', option]),
    ...fastSshOptions(),
  ];
};

const ACCOUNT = `${remoteUser}@127.0.0.1`;

const sourceOf = ([command = '', ...ssh]: readonly string[], slot: string): MirrorSource => ({
  path: slot,
  identify: 'ls -di .',
  shell: (script, args) => ({
    command,
    args: [...ssh, ACCOUNT, ['sh', '-c', script, 'sh', ...args].map(quote).join(' ')],
  }),
});

const rsyncOf =
  (start: StartProcess, ssh: readonly string[], slot: string, directory: string) =>
  async (manner: RsyncManner): Promise<Transferred> => {
    const output = readRsyncOutput({});
    const complaints: string[] = [];
    const whole = manner === 'whole-files' ? ['--whole-file'] : [];
    const running = await start({
      command: 'rsync',
      args: [
        ...rsyncArguments({}),
        '--delete',
        ...whole,
        '-e',
        ssh.join(' '),
        `${ACCOUNT}:${slot}/`,
        `${directory}/`,
      ],
      writable: false,
      quiet: true,
      onLine: (line, stream) => {
        if (!output.line(line, stream)) complaints.push(line);
      },
    });
    const { code } = await running.exited;
    if (code !== 0) throw new Error(complaints.join('\n'));
    return output.transferred;
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
  const start = startAs(guest, groups, started);
  const ssh = await sshTo(server, root, guest);
  return {
    slot,
    directory,
    started,
    request: {
      source: sourceOf(ssh, slot),
      directory,
      start,
      rsync: rsyncOf(start, ssh, slot, directory),
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
