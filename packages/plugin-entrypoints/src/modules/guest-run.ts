import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from '../environment.ts';
import type { RunProgram } from './entrypoint-types.ts';

/** Runs programs of guest's modules: their output is this process's own, which the supervisor logs. */
export const createGuestRun =
  (
    { home, signal }: { readonly home: string; readonly signal: AbortSignal },
    environment: () => Environment,
  ): RunProgram =>
  async (command, args = [], { cwd = home, input, quiet = false } = {}) => {
    signal.throwIfAborted();
    const program = spawn(command, args, {
      cwd,
      env: environment(),
      signal,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'inherit'],
    });
    const printed: Buffer[] = [];
    program.stdout?.on('data', (chunk: Buffer) => {
      printed.push(chunk);
      if (!quiet) process.stdout.write(chunk);
    });
    // A program that reads nothing is told by its exit.
    program.stdin?.on('error', () => {});
    program.stdin?.end(input);
    const [code, endedBy] = (await once(program, 'close')) as [number | null, string | null];
    if (endedBy !== null) throw new Error(`${command} was ended by ${endedBy}`);
    if (code !== 0) throw new Error(`${command} failed with exit code ${code}`);
    return Buffer.concat(printed).toString('utf8').replace(/\n$/, '');
  };
