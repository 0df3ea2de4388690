import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunnerError } from '../errors/runner-error.ts';
import { groupSignals, send, sessionSignals } from './process-signals.ts';
import { splitLines } from './split-lines.ts';
import { asUser, identityOf, type User } from './users.ts';

/** What to run, and how. */
export interface ProcessSpec {
  readonly command: string;
  readonly args?: readonly string[];
  /** @default '/' */
  readonly cwd?: string;
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Who runs it; this process's own user when absent. HOME, USER and LOGNAME follow it. */
  readonly user?: User;
  /** Whether `stdin` can be written to. It is /dev/null otherwise. @default false */
  readonly writable?: boolean;
  /** Whether its file descriptor 3 is the other end of `channel`. @default false */
  readonly channel?: boolean;
  /** Gets every line of both streams. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Whether a lone carriage return ends a line as well, as progress displays use it. @default false */
  readonly carriageReturns?: boolean;
  /**
   * Where the beginning of a line can be cut that is longer than a million characters and handed on in pieces; above 0 and up
   * to its length. @default at its end
   */
  readonly cutLine?: (beginning: string) => number;
}

/** How a process ended: one of the two is set. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running process that leads a session and a process group of its own. */
export interface ManagedProcess {
  readonly pid: number;
  /** Resolves when the process has ended and its output is read; never rejects. */
  readonly exited: Promise<ProcessExit>;
  readonly stdin: Writable | null;
  /** Both directions of the process's file descriptor 3; its owner handles its errors. */
  readonly channel: Duplex | null;
  /** Signals this process alone. */
  kill(signal: NodeJS.Signals): void;
  /** Signals this process and everything that it started and that is still in its group; answers whether there was any. */
  killGroup(signal: NodeJS.Signals): boolean;
  /**
   * Signals its group, and what has left the group but not the session, as the background jobs of a shell with job
   * control do; answers whether anything of the session runs. 0 signals nothing and answers the same.
   */
  killSession(signal: NodeJS.Signals | 0): Promise<boolean>;
  /** Hands on what has been printed of unfinished lines. */
  flushLines(): void;
}

/** Starts processes. */
export interface Processes {
  /** @throws RunnerError PROCESS_FAILED when the program cannot be started. */
  spawn(spec: ProcessSpec): Promise<ManagedProcess>;
}

/** Output that a descendant keeps open is not waited for longer than this after the process's own end. */
const DRAIN_OUTPUT_MS = 500;

/** A process in an uninterruptible wait, as on a dead network file system, survives SIGKILL. */
const KILL_LIMIT_MS = 5_000;
const KILL_STEP_MS = 5;

const waitForEnd = async (child: ChildProcess): Promise<ProcessExit> => {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const exit = await new Promise<ProcessExit>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  await Promise.race([closed, sleep(DRAIN_OUTPUT_MS, undefined, { ref: false })]);
  return exit;
};

/** Variables with which the dynamic loader and libc load code. */
const LOADS_CODE = /^(?:LD_.*|GCONV_PATH|GLIBC_TUNABLES|LOCPATH)$/;

const loadsCode = ([name]: readonly [string, string]): boolean => LOADS_CODE.test(name);

interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * What is started as root to switch the user must not load code that the user chose: `env` sets those variables after the
 * switch.
 */
const switchUser = ({ command, args, env }: Start, user: User): Start => {
  const variables = Object.entries(env);
  const late = variables.filter(loadsCode).map(([name, value]) => `${name}=${value}`);
  const [setpriv, rest] =
    late.length === 0
      ? asUser(user, command, args)
      : asUser(user, '/usr/bin/env', [...late, command, ...args]);
  const early = Object.fromEntries(variables.filter((variable) => !loadsCode(variable)));
  return { command: setpriv, args: rest, env: early };
};

const startOf = ({ user, command, args = [], env }: ProcessSpec): Start => {
  const direct = { command, args, env: { ...env, ...(user ? identityOf(user) : {}) } };
  return user === undefined || user.uid === process.getuid?.() ? direct : switchUser(direct, user);
};

const start = async (spec: ProcessSpec): Promise<ChildProcess & { readonly pid: number }> => {
  const { command, args, env } = startOf(spec);
  try {
    const child = spawn(command, args, {
      cwd: spec.cwd ?? '/',
      env,
      detached: true,
      stdio: [
        spec.writable ? 'pipe' : 'ignore',
        'pipe',
        'pipe',
        ...(spec.channel ? (['pipe'] as const) : []),
      ],
    });
    await once(child, 'spawn');
    return child as typeof child & { readonly pid: number };
  } catch (cause) {
    throw new RunnerError('PROCESS_FAILED', `${spec.command} cannot be started`, { cause });
  }
};

/** Splits the output into lines; answers what hands on the unfinished ones. */
const readLines = (
  child: ChildProcess,
  { onLine, carriageReturns, cutLine: cut }: ProcessSpec,
): (() => void) => {
  const flushes = (['stdout', 'stderr'] as const).map((name) => {
    const stream = child[name];
    if (stream === null || onLine === undefined) {
      stream?.resume();
      return () => {};
    }
    return splitLines(stream, (line) => onLine(line, name), { carriageReturns, cut });
  });
  return () => {
    for (const flush of flushes) flush();
  };
};

/** Starts real processes of this machine. */
export const systemProcesses: Processes = {
  async spawn(spec) {
    const child = await start(spec);
    const flushLines = readLines(child, spec);
    // Who writes to a process that has ended learns it from its exit; an unheard error would end the supervisor.
    child.stdin?.on('error', () => {});
    const { pid } = child;
    const killGroup = groupSignals(child, pid);
    return {
      pid,
      exited: waitForEnd(child),
      stdin: child.stdin,
      // A descriptor beyond the three standard ones is a socket pair in Node, whatever its type says.
      channel: (child.stdio[3] ?? null) as Duplex | null,
      kill: (signal) => {
        if (child.exitCode === null && child.signalCode === null) send(pid, signal);
      },
      killGroup,
      killSession: sessionSignals(child, pid, killGroup),
      flushLines,
    };
  },
};

/**
 * Ends a process and its session: SIGTERM, then SIGKILL for what is left when the process itself has ended or `graceMs` have
 * passed.
 *
 * @throws Error when a process survives that.
 */
export const endSession = async (managed: ManagedProcess, graceMs: number): Promise<void> => {
  await managed.killSession('SIGTERM');
  const ended = managed.exited.then(() => true);
  await Promise.race([ended, sleep(graceMs, undefined, { ref: false })]);
  await managed.killSession('SIGKILL');
  await managed.exited;
  // The kernel ends the others a moment later.
  const limit = performance.now() + KILL_LIMIT_MS;
  while (await managed.killSession('SIGKILL')) {
    if (performance.now() > limit) throw new Error('is still running after SIGKILL');
    await sleep(KILL_STEP_MS);
  }
};

const FIRST_LOOK_MS = 500;
const LONGEST_LOOK_MS = 60_000;

/**
 * Resolves some time after the process has ended and nothing of its session runs any more. The look through the process
 * table is put off, because what waited for the process goes on first.
 */
export const sessionEnd = async (managed: ManagedProcess): Promise<void> => {
  await managed.exited;
  let lookMs = FIRST_LOOK_MS;
  do {
    await sleep(lookMs, undefined, { ref: false });
    lookMs = Math.min(lookMs * 2, LONGEST_LOOK_MS);
  } while (await managed.killSession(0));
};
