import type { StorageHost } from '../parse-host.ts';
import { startProcess, type StartProcess } from '../processes/start-process.ts';
import { createRsyncTransport } from './rsync-transport.ts';
import type { SlotTransport } from './slot-transport.ts';
import { waitForSsh } from './wait-for-ssh.ts';

/** What ssh identifies itself and the host with. */
export interface SshIdentity {
  /** The private key's file. */
  readonly keyFile: string;
  /** Where the keys of hosts are remembered. */
  readonly knownHostsFile: string;
}

/** How to reach a storage over ssh. */
export interface SshStorage extends Omit<StorageHost, 'port'> {
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

const sshArguments = ({ port, identity }: SshStorage): string[] => [
  ...(identity
    ? [
        '-i',
        identity.keyFile,
        '-o',
        'IdentitiesOnly=yes',
        '-o',
        `UserKnownHostsFile="${identity.knownHostsFile}"`,
      ]
    : []),
  ...['BatchMode=yes', 'StrictHostKeyChecking=accept-new', 'LogLevel=ERROR'].flatMap((option) => [
    '-o',
    option,
  ]),
  '-o',
  `ConnectTimeout=${CONNECT_SECONDS}`,
  '-o',
  `ServerAliveInterval=${ALIVE_SECONDS}`,
  ...(port === undefined ? [] : ['-p', String(port)]),
];

/** Quotes for POSIX sh. */
const forShell = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** rsync splits its `-e` at blanks and knows quotes, in which the quote itself is doubled. */
const forRsync = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`;

/** Makes the transport to a storage over rsync and ssh. */
export const createSshTransport = (storage: SshStorage): SlotTransport => {
  const { user, host, port, start = startProcess, fakeSuper = false } = storage;
  const account = user === undefined ? host : `${user}@${host}`;
  const ssh = sshArguments(storage);
  return createRsyncTransport({
    name: 'ssh',
    place: port === undefined ? account : `${account}:${port}`,
    start,
    connect: async (signal) => {
      const { connectSeconds } = storage;
      if (connectSeconds !== undefined) {
        await waitForSsh({ host, port: port ?? SSH_PORT }, connectSeconds, signal);
      }
    },
    shell: (script, args) => ({
      command: 'ssh',
      // The account's own shell need not be a POSIX one.
      args: [
        ...ssh,
        account,
        ['exec', 'sh', '-c', ...[script, 'sh', ...args].map(forShell)].join(' '),
      ],
    }),
    address: (path) => `${account}:${path}`,
    rsyncArguments: [
      '-e',
      ['ssh', ...ssh].map(forRsync).join(' '),
      ...(fakeSuper ? ['--rsync-path=rsync --fake-super'] : []),
    ],
  });
};
