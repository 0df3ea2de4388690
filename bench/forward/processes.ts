import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const START_LIMIT_MS = 30_000;

/** Runs a program to its end; resolves to what it printed. */
export const output = async (command: string, args: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(command, [...args], { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
};

/** A program that serves until it is stopped. */
export interface Service {
  readonly pid: number;
  stop(): Promise<void>;
}

const started: ChildProcess[] = [];

/** Starts a program in the foreground; what it prints is shown only when it ends before its time. */
export const serve = (
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Service => {
  // A session of its own, as services have: the scheduler can share the processor by sessions.
  const child = spawn(command, [...args], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => printed.push(text.toString()));
  }
  let stopping = false;
  child.once('exit', () => {
    if (!stopping) process.stderr.write(`${command} ended early:\n${printed.join('')}\n`);
  });
  started.push(child);
  const stop = async (): Promise<void> => {
    stopping = true;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return { pid: child.pid ?? 0, stop };
};

/** Ends what is still running when the bench is ended. */
export const killAll = (): void => {
  for (const child of started) child.kill('SIGTERM');
};

const accepts = async (host: string, port: number): Promise<boolean> => {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

/** Resolves when something accepts there. */
export const untilAccepting = async (host: string, port: number): Promise<void> => {
  for (let waited = 0; !(await accepts(host, port)); waited += 20) {
    if (waited > START_LIMIT_MS) throw new Error(`nothing accepts at ${host}:${port}`);
    await sleep(20);
  }
};

const HUNDREDTHS_PER_SECOND = 100;

/** What /proc says of a process: whose child it is, and its CPU time so far in hundredths of a second. */
const readStat = (pid: string): { pid: number; parent: number; ticks: number } | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { pid: Number(pid), parent: Number(fields[1]), ticks };
  } catch {
    return undefined;
  }
};

/** The CPU seconds that a process and its living descendants have used. */
export const cpuSeconds = (root: number): number => {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readStat(pid) ?? []);
  const family = new Set([root]);
  for (let before = 0; before < family.size;) {
    before = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  const ticks = all.filter(({ pid }) => family.has(pid)).reduce((sum, one) => sum + one.ticks, 0);
  return ticks / HUNDREDTHS_PER_SECOND;
};
