import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const CORE = join(import.meta.dirname, '../src');

/** What an ended program has left. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
}

/** A program of plain JavaScript; `CORE` is where core's sources are. Node itself loads it, without vitest's transforms. */
export const nodeCommand = (program: string): readonly string[] => [
  process.execPath,
  '--conditions=ci-runner-source',
  '--input-type=module',
  '--eval',
  program.replaceAll('CORE', CORE),
];

/** Runs a command to its end; rejects when it fails. */
export const runToEnd = async (
  [command = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> =>
  promisify(execFile)(command, args, {
    env: { PATH: process.env['PATH'], ...env },
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
