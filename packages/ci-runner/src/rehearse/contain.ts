import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The accounts that a contained rehearsal has for itself. */
export const GUEST = 'guest';
export const STORAGE_ACCOUNT = 'ci-storage';

const FIRST_FREE_ID = 20_000;

/** Options of unshare(1): what the rehearsal does to accounts and mounts stays its own, and it dies with its parent. */
const UNSHARE = [
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  '--propagation',
  'private',
];

/**
 * Whether processes can be contained here: needs root, util-linux and the right to make namespaces, which an ordinary
 * container does not have.
 */
export const canContain = async (): Promise<boolean> => {
  if (process.getuid?.() !== 0) return false;
  return run('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...UNSHARE, 'true']).then(
    () => true,
    () => false,
  );
};

const replaceEntries = (text: string, entries: readonly string[]): string => {
  const names = new Set(entries.map((entry) => entry.split(':')[0]));
  const kept = text
    .split('\n')
    .filter((line) => line !== '' && !names.has(line.split(':')[0] ?? ''));
  return `${[...kept, ...entries].join('\n')}\n`;
};

/** Writes account files in which root and the rehearsal's two accounts have their homes in `directory`. */
const writeAccounts = async (directory: string): Promise<void> => {
  const accounts = [GUEST, STORAGE_ACCOUNT].map((name, index) => ({
    name,
    id: FIRST_FREE_ID + index,
    home: join(directory, 'home', name),
  }));
  const passwd = [
    // The supervisor installs its ssh key in root's home too.
    `root:x:0:0:root:${join(directory, 'home', 'root')}:/bin/bash`,
    ...accounts.map(({ name, id, home }) => `${name}:*:${id}:${id}::${home}:/bin/bash`),
  ];
  const group = accounts.map(({ name, id }) => `${name}:x:${id}:`);
  await writeFile(
    join(directory, 'passwd'),
    replaceEntries(await readFile('/etc/passwd', 'utf8'), passwd),
  );
  await writeFile(
    join(directory, 'group'),
    replaceEntries(await readFile('/etc/group', 'utf8'), group),
  );
};

/** The command must not be the shell's last one: the shell would become it, and nobody would reap orphans as PID 1. */
const INIT = `
mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group || exit 71
shift
"$@"
exit $?
`;

/**
 * Starts a command in namespaces of its own, as a container would: its accounts `guest` and `ci-storage` exist nowhere
 * else, and when this process dies, however it dies, everything in there is killed by the kernel.
 */
export const startContained = async (
  command: readonly string[],
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ChildProcess> => {
  await writeAccounts(directory);
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', ...UNSHARE, 'sh', '-c', INIT, 'sh', directory, ...command],
    { env: environment, stdio: ['pipe', 'inherit', 'inherit'] },
  );
  await once(child, 'spawn');
  return child;
};
