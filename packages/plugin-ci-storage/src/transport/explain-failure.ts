import { StorageError } from '../storage-error.ts';
import type { Finished } from '../run-command.ts';

interface Explanation {
  readonly sign: RegExp;
  /** `path` is what the sign's first group found. */
  readonly cause: (place: string, path: string) => string;
  readonly cure: string;
}

const AUTHORIZE =
  'put the public half of CI_STORAGE_PRIVATE_KEY into authorized_keys of that account, or name another account in CI_STORAGE_HOST';

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
    sign: /Could not resolve hostname|Name or service not known/,
    cause: (place) => `the name of ${place} is not known`,
    cure: 'check CI_STORAGE_HOST',
  },
  {
    sign: /Connection refused|Connection timed out|No route to host|Network is unreachable|kex_exchange_identification/,
    cause: (place) => `${place} cannot be reached`,
    cure: 'check CI_STORAGE_HOST, and that the host is up and reachable from here',
  },
  {
    sign: /rsync: (?:command )?not found/,
    cause: (place) => `rsync is missing on ${place}`,
    cure: 'install rsync there',
  },
  {
    sign: /No space left on device|Disk quota exceeded/,
    cause: () => 'the disk is full',
    cure: 'make room in the work directory',
  },
  {
    sign: /is your shell clean/,
    cause: (place) => `the shell of the account at ${place} prints something of its own`,
    cure: 'let its start-up files, such as .bashrc, print nothing where the shell is not interactive',
  },
  {
    sign: /connection unexpectedly closed|error in rsync protocol data stream|Broken pipe|Connection (?:reset|closed)|Timeout, server|timeout in data/,
    cause: (place) => `the connection to ${place} broke`,
    cure: 'look at the network and at the log of the ssh server there',
  },
];

/** Says why a program that talks to the storage at `place` failed. */
export const explainFailure = (
  program: string,
  place: string,
  { exit, stderr }: Pick<Finished, 'exit' | 'stderr'>,
): StorageError => {
  const text = stderr.join('\n');
  const known = EXPLANATIONS.find(({ sign }) => sign.test(text));
  const path = known?.sign.exec(text)?.[1] ?? '';
  const last = stderr.findLast((line) => line.trim() !== '');
  const status = exit.signal === null ? `exit code ${exit.code}` : `ended by ${exit.signal}`;
  const detail = `${program}: ${last === undefined ? '' : `${last.trim()}, `}${status}`;
  if (known) return new StorageError(`${known.cause(place, path)} (${detail})`, known.cure);
  return last === undefined && exit.code === SSH_FAILED
    ? new StorageError(
        `${place} did not answer (${detail})`,
        'look at the network and at the log of the ssh server there',
      )
    : new StorageError(`${place} cannot be used (${detail})`, 'read the lines above');
};
