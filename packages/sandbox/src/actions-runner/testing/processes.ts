import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { vi } from 'vitest';
import { cleanUp } from './clean-up.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program under test. What it leaves running is killed when the file's tests are over. */
export interface Program {
  readonly pid: number;
  /** Resolves when it is gone and its output has been read, as far as it comes within a second. */
  readonly exited: Promise<Exit>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Waits until standard output contains the text. */
  prints(text: string): Promise<void>;
  printsError(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Signals the program's process group, which it leads. */
  killGroup(signal: NodeJS.Signals): void;
}

export interface ProgramOptions {
  readonly cwd?: string;
  /** Added to this process's environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly uid?: number;
  readonly gid?: number;
}

const PATIENCE = { timeout: 30_000, interval: 20 };

/** Waits until `check` stops throwing or, where it answers a boolean, answers true. */
export async function eventually(check: () => unknown): Promise<void> {
  await vi.waitFor(() => {
    if (check() === false) throw new Error(`Still false: ${check.toString()}`);
  }, PATIENCE);
}

/** Starts a program as the leader of a process group of its own. */
export function startProgram(
  file: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Program {
  const mark = randomUUID();
  const { env, ...rest } = options;
  const child = spawn(file, args, {
    ...rest,
    env: { ...process.env, RUNNER_ALLOW_RUNASROOT: '1', ...env, TEST_PROGRAM: mark },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const pid = child.pid ?? 0;
  cleanUp(() => killMarked(mark));
  const exit = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  // The pipes can hold output that is not yet read when the process is gone, or be held open by a descendant of it.
  const exited = exit.then(async (result) => {
    await Promise.race([closed, sleep(1_000)]);
    return result;
  });
  return {
    pid,
    exited,
    stdout,
    stderr,
    prints: (text) => eventually(() => stdout().includes(text)),
    printsError: (text) => eventually(() => stderr().includes(text)),
    kill: (signal) => void process.kill(pid, signal),
    killGroup: (signal) => void process.kill(-pid, signal),
  };
}

/** Runs a program to its end and to the end of its output. */
export async function runProgram(
  file: string,
  args: readonly string[],
  options?: ProgramOptions,
): Promise<Exit & { stdout: string; stderr: string }> {
  const program = startProgram(file, args, options);
  const exit = await program.exited;
  return { ...exit, stdout: program.stdout(), stderr: program.stderr() };
}

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly name: string;
}

/** The live processes below `pid`, at any depth. */
export function descendants(pid: number): ProcessInfo[] {
  const all = listProcesses();
  const below = (parent: number): ProcessInfo[] =>
    all
      .filter((process) => process.parent === parent)
      .flatMap((process) => [process, ...below(process.pid)]);
  return below(pid);
}

/** Whether a process exists that is not a zombie. */
export function isAlive(pid: number): boolean {
  return listProcesses().some((process) => process.pid === pid);
}

function listProcesses(): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      // "pid (name) state ppid pgrp …"; a name can hold spaces and parentheses.
      const stat = /^(\d+) \((.*)\) (\S) (\d+) (\d+)/s.exec(read(`/proc/${pid}/stat`));
      if (stat === null || stat[3] === 'Z') return [];
      const [, id, name = '', , parent, group] = stat;
      return [{ pid: Number(id), name, parent: Number(parent), group: Number(group) }];
    });
}

function killMarked(mark: string): void {
  for (const { pid } of listProcesses()) {
    if (!read(`/proc/${pid}/environ`).includes(`TEST_PROGRAM=${mark}`)) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => (text += chunk));
  return () => text;
}
