import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asUser } from '../../packages/core/src/index.ts';
import type { Report } from './load-once.ts';
import type { Order } from './load-with-ours.ts';
import type { Site } from './site.ts';

/** What one load took. */
export interface Load {
  readonly ms: number;
  readonly peakRssMB?: number;
  readonly how?: string;
  /** Of the processors, before the load began, in milliseconds. @default 0 */
  readonly startCpuMs?: number;
}

/** A way to load. */
export interface Contestant {
  readonly name: 'ours' | 'rsync' | 'wholeFile' | 'tar';
  load(site: Site, slot: string, directory: string): Promise<Load>;
}

const run = promisify(execFile);

/** What the original's `ci-storage load` passes to rsync. */
const ORIGINALS_FLAGS = [
  '--archive',
  '--delete',
  '--modify-window=-1',
  '--exclude=.ci-storage.meta',
] as const;

/** Runs a command as guest; resolves to how long it took. */
const time = async (site: Site, command: string, args: readonly string[]): Promise<Load> => {
  const { guest } = site;
  const [program, rest] =
    guest.uid === process.getuid?.() ? [command, args] : asUser(guest, command, args);
  const from = performance.now();
  const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return { ms: performance.now() - from };
};

const rsync =
  (more: readonly string[]): Contestant['load'] =>
  async (site, slot, directory) => {
    const from = `${site.account}:${slot}/`;
    return time(site, 'rsync', [
      ...ORIGINALS_FLAGS,
      ...more,
      '-e',
      site.ssh.join(' '),
      from,
      `${directory}/`,
    ]);
  };

/** As somebody would type it: it loses the fractions of times. */
const tar: Contestant['load'] = async (site, slot, directory) => {
  const script = `set -o pipefail; directory=$1; shift; "$@" | tar -C "$directory" -xpf -`;
  const send = `tar -C '${slot}' -cf - .`;
  return time(site, 'bash', ['-c', script, 'bash', directory, ...site.ssh, site.account, send]);
};

const ours: Contestant['load'] = async ({ ssh, account, guest }, slot, directory) => {
  const order: Order = { ssh, account, slot, directory, guest };
  const program = join(import.meta.dirname, 'load-once.ts');
  const { stdout } = await run(process.execPath, [
    ...process.execArgv,
    program,
    JSON.stringify(order),
  ]);
  return JSON.parse(stdout) as Report;
};

export const CONTESTANTS: readonly Contestant[] = [
  { name: 'ours', load: ours },
  { name: 'rsync', load: rsync([]) },
  { name: 'wholeFile', load: rsync(['--whole-file']) },
  { name: 'tar', load: tar },
];
