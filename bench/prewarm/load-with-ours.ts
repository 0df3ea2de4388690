import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { asUser, type User } from '../../packages/core/src/index.ts';
import {
  fastSshOptions,
  mirrorSlot,
  type Mirrored,
  type StartProgram,
} from '../../packages/plugin-ci-storage/src/mirror/index.ts';

/** What to load. */
export interface Order {
  readonly ssh: readonly string[];
  readonly account: string;
  readonly slot: string;
  readonly directory: string;
  readonly guest: User;
}

const startAs =
  (user: User): StartProgram =>
  async ({ command, args, onLine }) => {
    const [program, rest] =
      user.uid === process.getuid?.() ? [command, args] : asUser(user, command, args);
    const child = spawn(program, rest, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: user.home, LC_ALL: 'C' },
    });
    const read = (['stdout', 'stderr'] as const).map(async (name) => {
      const lines = createInterface({ input: child[name] });
      lines.on('line', (line) => onLine(line, name));
      await once(lines, 'close');
    });
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    const { pid } = child;
    return {
      exited: ended.then(async ([code, signal]) => {
        await Promise.all(read);
        return { code, signal };
      }),
      killGroup: (signal) => {
        if (pid !== undefined) process.kill(-pid, signal);
      },
    };
  };

/** Quotes for POSIX sh. */
const quote = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** Loads with our function, as the supervisor does: what it starts runs as guest. */
export const loadWithOurs = async (order: Order): Promise<Mirrored> => {
  const ssh = [...order.ssh, ...fastSshOptions()];
  const [command = '', ...args] = ssh;
  return mirrorSlot({
    source: {
      path: order.slot,
      shell: (script, rest) => ({
        command,
        args: [...args, order.account, ['sh', '-c', script, 'sh', ...rest].map(quote).join(' ')],
      }),
      rsyncSource: `${order.account}:${order.slot}`,
      rsyncArguments: ['-e', ssh.join(' ')],
    },
    directory: order.directory,
    start: startAs(order.guest),
  });
};
