import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

/** The top of the checkout. */
export const ROOT: string = join(import.meta.dirname, '../../..');

/** The command from source, without arguments. */
export const CI_RUNNER: readonly [string, ...string[]] = [
  process.execPath,
  '--conditions=ci-runner-source',
  join(ROOT, 'packages/ci-runner/src/bin/ci-runner.ts'),
];

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** The variables that every command of a test needs; nothing else is inherited. */
export const baseEnvironment = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: process.env['HOME'] ?? '/',
});

/** Starts a command with its output kept. */
export const startCommand = (
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Running => {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    env: { ...baseEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, finished };
};

/** Runs a command to its end. */
export const runCommand = async (
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> => startCommand(command, environment).finished;
