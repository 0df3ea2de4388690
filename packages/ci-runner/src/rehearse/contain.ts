import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { writeAccounts } from './accounts.ts';

const run = promisify(execFile);

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

/** The command must not be the shell's last one: the shell would become it, and nobody would reap orphans as PID 1. */
const INIT = `
mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group || exit 71
shift
"$@"
exit $?
`;

/**
 * Starts a command in namespaces of its own, as a container would: what it does to accounts is seen nowhere
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
