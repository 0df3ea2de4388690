import { StorageError, type StorageErrorCode } from '../storage-error.ts';
import type { Finished } from '../processes/run-program.ts';

/** What a program that failed was to do. A script looks or changes something at the storage. */
export type Task = 'load' | 'store' | 'script';

interface Explanation {
  readonly sign: RegExp;
  /** When it is only a sign in some tasks. */
  readonly task?: Task;
  /** `path` is what the sign's first group found. */
  readonly cause: (place: string, path: string) => string;
  readonly cure: string;
  /** @default 'failed' */
  readonly code?: StorageErrorCode;
}

const AUTHORIZE =
  'put the public half of CI_STORAGE_PRIVATE_KEY into authorized_keys of that account, or name another account in CI_STORAGE_HOST (--storage-host)';
const CHECK_HOST = 'check CI_STORAGE_HOST (--storage-host)';
const REACH = `${CHECK_HOST}, and that the host is up and reachable from here`;

const DISK_FULL = /No space left on device|Disk quota exceeded/;
const READ_ONLY = /Read-only file system/;

/** With this one ssh ends when it has no connection. */
const SSH_FAILED = 255;

/** How ssh and rsync word what goes wrong; the first sign that is found counts. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    sign: /No \S+ host key is known for/,
    cause: (place) => `CI_STORAGE_KNOWN_HOSTS has no line for ${place}`,
    cure: 'add the line that ssh-keyscan -p PORT HOST prints, after a comparison with what the host itself says',
  },
  {
    sign: /REVOKED HOST KEY|REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed/,
    cause: (place) => `the host key of ${place} is not the one that is known`,
    cure: 'make sure that it is the right host, then mend CI_STORAGE_KNOWN_HOSTS, or the line in known_hosts where it is not given',
  },
  {
    sign: /Load key .*(?:error in libcrypto|invalid format|incorrect passphrase|not a private key)/,
    cause: () => 'ssh cannot read CI_STORAGE_PRIVATE_KEY',
    cure: 'give it a whole private key without a passphrase',
  },
  {
    sign: /Permission denied \((?:publickey|password|keyboard|gssapi|hostbased)|Too many authentication failures/,
    cause: (place) => `${place} refused the key`,
    cure: AUTHORIZE,
  },
  {
    sign: /^rsync: .*?"([^"\n]+)".*Permission denied \(13\)/m,
    cause: (place, path) => `rsync from ${place} has no access to ${path}`,
    cure: 'give it to the account of the storage, or to guest when the path is of this machine',
  },
  {
    sign: /^ci-storage: .*?"([^"\n]+)": (?:Permission denied|Operation not permitted)/m,
    cause: (place, path) => `the account of ${place} has no access to ${path}`,
    cure: 'give the directory to that account, or name another one',
  },
  {
    sign: READ_ONLY,
    task: 'load',
    cause: () => 'the directory that is loaded into is on a read-only file system',
    cure: 'mount it writable, or load into another one',
  },
  {
    sign: READ_ONLY,
    cause: (place) => `the storage at ${place} is on a read-only file system`,
    cure: 'mount it writable there, or name another directory',
  },
  {
    sign: /Could not resolve hostname|Name or service not known/,
    cause: (place) => `the name of ${place} is not known`,
    cure: CHECK_HOST,
  },
  {
    sign: /Connection refused|Connection timed out|No route to host|Network is unreachable|kex_exchange_identification/,
    cause: (place) => `${place} cannot be reached`,
    cure: REACH,
    code: 'interrupted',
  },
  {
    sign: /(rsync|perl): (?:command )?not found/,
    cause: (place, program) => `${program} is missing on ${place}`,
    cure: 'install it there',
  },
  {
    sign: DISK_FULL,
    task: 'load',
    cause: () => 'the disk here is full',
    cure: 'make room in the directory that is loaded into',
  },
  {
    sign: DISK_FULL,
    cause: (place) => `the disk of the storage at ${place} is full`,
    cure: 'make room there; `ci-storage clean` removes old slots',
  },
  {
    sign: /is your shell clean/,
    cause: (place) => `the shell of the account at ${place} prints something of its own`,
    cure: 'let its start-up files, such as .bashrc, print nothing where the shell is not interactive',
  },
  {
    sign: /connection unexpectedly closed|unexplained error \(code 255\)|error in rsync protocol data stream|Broken pipe|Connection (?:reset|closed)|Timeout, server|timeout in data/,
    cause: (place) => `the connection to ${place} broke`,
    cure: 'look at the network and at the log of the ssh server there',
    code: 'interrupted',
  },
];

/** Says why a program that talks to the storage at `place` failed. */
export const explainFailure = (
  program: string,
  place: string,
  { exit, stderr }: Pick<Finished, 'exit' | 'stderr'>,
  task: Task,
): StorageError => {
  const text = stderr.join('\n');
  const known = EXPLANATIONS.find(
    ({ sign, task: only = task }) => only === task && sign.test(text),
  );
  const path = known?.sign.exec(text)?.[1] ?? '';
  // What follows it are consequences.
  const telling = stderr.find((line) => known?.sign.test(line));
  const last = telling ?? stderr.findLast((line) => line.trim() !== '');
  const status = exit.signal === null ? `exit code ${exit.code}` : `ended by ${exit.signal}`;
  const detail = `${program}: ${last === undefined ? '' : `${last.trim()}, `}${status}`;
  if (known)
    return new StorageError(`${known.cause(place, path)} (${detail})`, known.cure, known.code);
  return last === undefined && exit.code === SSH_FAILED
    ? new StorageError(
        `${place} did not answer (${detail})`,
        'look at the network and at the log of the ssh server there',
        'interrupted',
      )
    : new StorageError(`${place} cannot be used (${detail})`, 'read the lines above');
};
