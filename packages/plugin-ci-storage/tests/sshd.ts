import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { formatHost } from '../src/parse-host.ts';

const run = promisify(execFile);

/** Where sshd puts its unprivileged part when it is started by root. */
const PRIVILEGE_SEPARATION = '/run/sshd';

/** A real sshd on loopback that takes one key. */
export interface Sshd {
  readonly host: string;
  readonly port: number;
  /** The private key that it takes. */
  readonly key: string;
  /** The private key's file, and beside it another key that it does not take. */
  readonly otherKey: string;
  /** The type and the public half of its own key. */
  readonly hostKey: string;
  stop(): Promise<void>;
}

export interface SshdOptions {
  /** The address to listen on. @default '127.0.0.1' */
  readonly host?: string;
  /** Runs instead of what the client asks for; finds that in SSH_ORIGINAL_COMMAND. */
  readonly forceCommand?: string;
}

const freePort = async (host: string): Promise<number> => {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** Makes a key and, beside it, its public half. */
export const generateKey = async (file: string, passphrase = ''): Promise<void> => {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', 'test', '-f', file]);
};

const greets = async (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });

/** Marks the directory as one that tests made. */
const MARK = join(PRIVILEGE_SEPARATION, '.made-by-a-test');

const makePrivilegeSeparation = async (): Promise<void> => {
  if (process.getuid?.() !== 0) return;
  const made = await mkdir(PRIVILEGE_SEPARATION, { recursive: true, mode: 0o755 });
  if (made !== undefined) await writeFile(MARK, '');
};

/** Whether any sshd of this machine runs; one that has ended may stay visible as a zombie. */
const anyRuns = async (): Promise<boolean> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const states = await Promise.all(
    pids.map(async (pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')),
  );
  return states.some((state) => /^\d+ \(sshd\) [^Z]/.test(state));
};

/** Another test's sshd may use the directory; the last one removes it. */
const removePrivilegeSeparation = async (): Promise<void> => {
  const ours = await access(MARK).then(
    () => true,
    () => false,
  );
  if (!ours) return;
  // Connections end a moment after the server.
  for (let attempt = 0; attempt < 20 && (await anyRuns()); attempt += 1) await sleep(50);
  if (!(await anyRuns())) await rm(PRIVILEGE_SEPARATION, { recursive: true, force: true });
};

/** Resolves to the running sshd; rejects with its complaint when it ends instead. */
const launch = async (config: string, host: string, port: number): Promise<ChildProcess> => {
  await makePrivilegeSeparation();
  // sshd runs itself anew for each connection and must be named by its whole path.
  const sshd = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  sshd.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  while (!(await greets(host, port))) {
    if (sshd.exitCode !== null) throw new Error(`sshd ended: ${log}`);
    await sleep(20);
  }
  return sshd;
};

/** Whether this machine can run the tests. */
export const canRunSshd = async (): Promise<boolean> =>
  Promise.all([access('/usr/sbin/sshd'), run('rsync', ['--version']), run('ssh', ['-V'])]).then(
    () => true,
    () => false,
  );

/** Starts an sshd that lets the current user in. */
export const startSshd = async (options: SshdOptions = {}): Promise<Sshd> => {
  const { host = '127.0.0.1' } = options;
  const directory = await mkdtemp(join(tmpdir(), 'sshd-'));
  await chmod(directory, 0o755);
  const keys = ['host', 'user', 'other'].map((name) => join(directory, name));
  await Promise.all(keys.map(async (key) => generateKey(key)));
  const [hostKey = '', userKey = '', otherKey = ''] = keys;
  await writeFile(join(directory, 'authorized_keys'), await readFile(`${userKey}.pub`));
  const port = await freePort(host);
  const config = [
    `ListenAddress ${formatHost(host)}:${port}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${join(directory, 'authorized_keys')}`,
    'PidFile none',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'StrictModes no',
    'UsePAM no',
    // A bash that sshd starts reads the account's ~/.bashrc unless it is a shell's shell: whatever this machine's says takes time.
    'SetEnv SHLVL=2',
    ...(options.forceCommand === undefined ? [] : [`ForceCommand ${options.forceCommand}`]),
  ];
  const file = join(directory, 'config');
  await writeFile(file, `${config.join('\n')}\n`);
  // Another test may have removed the directory that it needs just before.
  const sshd = await launch(file, host, port).catch(async () => launch(file, host, port));
  return {
    host,
    port,
    key: await readFile(userKey, 'utf8'),
    otherKey: await readFile(otherKey, 'utf8'),
    hostKey: (await readFile(`${hostKey}.pub`, 'utf8')).split(' ').slice(0, 2).join(' '),
    stop: async () => {
      const exited = once(sshd, 'exit');
      sshd.kill('SIGTERM');
      await exited;
      await rm(directory, { recursive: true, force: true });
      await removePrivilegeSeparation();
    },
  };
};
