import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { asUser, type User } from '../../packages/core/src/index.ts';

const run = promisify(execFile);

/** The scripts of both users, and who they are. */
export interface Scripts {
  readonly root: readonly string[];
  readonly guest: readonly string[];
}

const SOURCE = 'set -ue; start=$1; shift; for script; do cd "$start"; source "$script"; done';

const sourceAs = async (
  user: User,
  scripts: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> => {
  const args = ['--norc', '-c', SOURCE, 'bash', '/', ...scripts];
  const [command, commandArgs] =
    user.uid === process.getuid?.() ? ['bash', args] : asUser(user, 'bash', args);
  await run(command, commandArgs, { env: { ...env, USER: user.name } });
};

/** How long bash alone takes to source root's scripts, then guest's, in milliseconds. */
export const bootWithBash = async (
  { root, guest }: Scripts,
  [supervisor, account]: readonly [User, User],
  env: Readonly<Record<string, string>>,
): Promise<number> => {
  const from = performance.now();
  await sourceAs(supervisor, root, env);
  await sourceAs(account, guest, env);
  return performance.now() - from;
};

/** The phases in which scripts are looked at and run. */
const PHASES = new Set(['configure', 'prepare system', 'prepare workspace']);

/**
 * How long the phases of a boot take in which scripts are looked at and run, in milliseconds. The environment names the
 * scripts, and a configuration with the entrypoints and a runner that ends the boot.
 *
 * @throws Error with the log when the boot fails.
 */
export const bootWithOurs = async (
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): Promise<number> => {
  const [program, ...args] = command;
  const child = spawn(program, [...args, 'start'], {
    env: { ...env, LOG_FORMAT: 'json' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const log: string[] = [];
  let ms = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    log.push(line);
    const record = JSON.parse(line) as { event?: string; name: string; ms: number };
    if (record.event === 'phase' && PHASES.has(record.name)) ms += record.ms;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the boot failed:\n${log.join('\n')}`);
  return ms;
};
