import { fastSshOptions } from '../mirror/index.ts';
import { formatHost, type StorageHost } from '../parse-host.ts';
import { startProcess, type StartProcess } from '../processes/start-process.ts';
import { createRsyncTransport, type Patience } from './rsync-transport.ts';
import type { SlotTransport } from './slot-transport.ts';
import { waitForSsh } from './wait-for-ssh.ts';

/** What ssh identifies itself and the host with. */
export interface SshIdentity {
  /** The private key's file. @default what ssh finds */
  readonly keyFile?: string | undefined;
  /** Where the keys of hosts are remembered. @default where ssh does */
  readonly knownHostsFile?: string | undefined;
  /** Whether the hosts in `knownHostsFile` are the only ones to be trusted. @default false */
  readonly pinned?: boolean | undefined;
}

/** How to reach a storage over ssh. */
export interface SshStorage extends Omit<StorageHost, 'port'>, Patience {
  /** ssh's own default, which its configuration may change, when undefined. */
  readonly port: number | undefined;
  /** ssh's own defaults when absent. */
  readonly identity: SshIdentity | undefined;
  /** How long to wait until the host answers, in seconds; undefined where ssh's own limit counts. */
  readonly connectSeconds: number | undefined;
  /** Whether owners are kept although the storage's account is not root: for transfers that run as root. @default false */
  readonly fakeSuper?: boolean;
  /** @default as this process's own user */
  readonly start?: StartProcess;
}

const SSH_PORT = 22;
const CONNECT_SECONDS = 10;
const ALIVE_SECONDS = 15;

/** Nothing but the list counts: neither the machine's own one nor what the host wants to add to it. */
const PINNED: readonly string[] = [
  'StrictHostKeyChecking=yes',
  'GlobalKnownHostsFile=/dev/null',
  'UpdateHostKeys=no',
];

const identityOptions = ({ keyFile, knownHostsFile, pinned }: SshIdentity): string[] => [
  ...(keyFile === undefined ? [] : [`IdentityFile="${keyFile}"`, 'IdentitiesOnly=yes']),
  ...(knownHostsFile === undefined ? [] : [`UserKnownHostsFile="${knownHostsFile}"`]),
  ...(pinned ? PINNED : ['StrictHostKeyChecking=accept-new']),
];

const sshArguments = ({ port, identity }: SshStorage): string[] => [
  ...[...identityOptions(identity ?? {}), 'BatchMode=yes', 'LogLevel=ERROR'].flatMap((option) => [
    '-o',
    option,
  ]),
  '-o',
  `ConnectTimeout=${CONNECT_SECONDS}`,
  '-o',
  `ServerAliveInterval=${ALIVE_SECONDS}`,
  ...(port === undefined ? [] : ['-p', String(port)]),
  ...fastSshOptions(),
];

/** Quotes for POSIX sh. */
const forShell = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** rsync splits its `-e` at blanks and knows quotes, in which the quote itself is doubled. */
const forRsync = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`;

/** The far rsync takes the names of a path that hold one of `*?[` for patterns, in which a backslash quotes; no others. */
const withoutPatterns = (path: string): string =>
  path
    .split('/')
    .map((name) => (/[*?[]/.test(name) ? name.replaceAll(/[*?[\]\\]/g, String.raw`\$&`) : name))
    .join('/');

/** Makes the transport to a storage over rsync and ssh. */
export const createSshTransport = (storage: SshStorage): SlotTransport => {
  const { user, host, port, start = startProcess, fakeSuper = false } = storage;
  const at = user === undefined ? '' : `${user}@`;
  // Where a port or a path follows, as rsync has it. ssh itself takes no brackets.
  const account = `${at}${formatHost(host)}`;
  const ssh = sshArguments(storage);
  return createRsyncTransport({
    name: 'ssh',
    place: port === undefined ? account : `${account}:${port}`,
    start,
    scriptLimitMs: storage.scriptLimitMs,
    silenceSeconds: storage.silenceSeconds,
    connect: async (signal, onWait) => {
      const { connectSeconds: seconds } = storage;
      if (seconds === undefined) return;
      await waitForSsh({ host, port: port ?? SSH_PORT }, { seconds, signal, onWait });
    },
    shell: (script, args) => ({
      command: 'ssh',
      // The account's own shell need not be a POSIX one.
      args: [
        ...ssh,
        `${at}${host}`,
        ['exec', 'sh', '-c', ...[script, 'sh', ...args].map(forShell)].join(' '),
      ],
    }),
    address: (path) => `${account}:${withoutPatterns(path)}`,
    fakeSuper,
    rsyncArguments: [
      '-e',
      ['ssh', ...ssh].map(forRsync).join(' '),
      ...(fakeSuper ? ['--rsync-path=rsync --fake-super'] : []),
    ],
  });
};
