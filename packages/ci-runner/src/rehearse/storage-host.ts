import { asUser, type User } from '@ci-runner/core';
import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { createServer, connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A storage server on loopback: a real sshd of its own, with generated keys. */
export interface StorageHost {
  /** `user@host:port`, as CI_STORAGE_HOST takes it. */
  readonly address: string;
  readonly privateKey: string;
  close(): Promise<void>;
}

/** What a storage server is made of. */
export interface StorageHostOptions {
  readonly sshd: string;
  /** A private directory for keys and configuration. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Who runs sshd, and whom the key lets in. */
  readonly account: User;
}

/** An sshd that root runs wants this directory; the service's start-up script makes it elsewhere. */
const RUN_DIRECTORY = '/run/sshd';

const START_LIMIT_MS = 10_000;
const LOGIN_LIMIT_MS = 10_000;

/** A port of 127.0.0.1 at which nobody listens. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

const accepts = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

const makeKey = async (file: string): Promise<void> => {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'rehearsal', '-f', file]);
};

/** Makes the directory if it is missing; answers whether it did. */
const makeRunDirectory = async (account: User): Promise<boolean> => {
  if (account.uid !== 0) return false;
  return mkdir(RUN_DIRECTORY, { mode: 0o755 }).then(
    () => true,
    () => false,
  );
};

const configuration = (directory: string, port: number): string => `
ListenAddress 127.0.0.1:${port}
HostKey ${directory}/host-key
AuthorizedKeysFile ${directory}/authorized-keys
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
`;

const writeFiles = async (directory: string, account: User, port: number): Promise<void> => {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await Promise.all([makeKey(join(directory, 'host-key')), makeKey(join(directory, 'client-key'))]);
  const publicKey = await readFile(join(directory, 'client-key.pub'));
  await writeFile(join(directory, 'authorized-keys'), publicKey);
  await writeFile(join(directory, 'config'), configuration(directory, port));
  if (process.getuid?.() === 0)
    await run('chown', ['-R', `${account.uid}:${account.gid}`, directory]);
};

const spawnSshd = (options: StorageHostOptions): ChildProcessByStdio<null, null, Readable> => {
  const { account, sshd } = options;
  const args = ['-D', '-e', '-f', join(options.directory, 'config')];
  const [command, commandArgs] =
    account.uid === process.getuid?.() ? [sshd, args] : asUser(account, sshd, args);
  // sshd overwrites its environment, by which a rehearsal's processes are found when it is killed.
  const mortal = ['--pdeathsig', 'KILL', '--', command, ...commandArgs];
  return spawn('setpriv', mortal, {
    env: options.environment,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
};

/** sshd refuses accounts that are locked or have no shell, which only a login tells for sure. */
const letsIn = async (
  { account, directory, environment }: StorageHostOptions,
  port: number,
): Promise<boolean> => {
  const settings = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
  ].flatMap((setting) => ['-o', setting]);
  const place = ['-i', join(directory, 'client-key'), '-p', `${port}`, `${account.name}@127.0.0.1`];
  return run('ssh', ['-F', 'none', ...settings, ...place, 'exit 0'], {
    env: environment,
    timeout: LOGIN_LIMIT_MS,
  }).then(
    () => true,
    () => false,
  );
};

/**
 * Starts sshd with generated keys on a free port of loopback; undefined where it does not let the account in.
 */
export const startStorageHost = async (
  options: StorageHostOptions,
): Promise<StorageHost | undefined> => {
  const { directory, account } = options;
  const port = await freePort();
  await writeFiles(directory, account, port);
  const madeRunDirectory = await makeRunDirectory(account);
  const sshd = spawnSshd(options);
  let output = '';
  sshd.stderr.on('data', (data: Buffer) => (output = `${output}${data.toString()}`.slice(-4_000)));
  const ended = once(sshd, 'exit').catch(() => {});
  const close = async (): Promise<void> => {
    sshd.kill('SIGTERM');
    await ended;
    if (madeRunDirectory) await rmdir(RUN_DIRECTORY).catch(() => {});
  };
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await accepts(port))) {
    if (sshd.exitCode !== null || Date.now() > deadline) {
      await close();
      throw new Error(`sshd does not start: ${output.trim()}`);
    }
    await sleep(20);
  }
  if (!(await letsIn(options, port))) {
    await close();
    return undefined;
  }
  return {
    address: `${account.name}@127.0.0.1:${port}`,
    privateKey: await readFile(join(directory, 'client-key'), 'utf8'),
    close,
  };
};
