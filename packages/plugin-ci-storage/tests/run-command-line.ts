import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const SCRIPT = join(import.meta.dirname, '../src/bin/ci-storage.ts');

/** How the command ended and what it printed. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the command is run. */
export interface HowToRun {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Put before the command, such as `setpriv`. @default none */
  readonly prefix?: readonly string[];
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs the command from source. */
export const ciStorage = async (
  args: readonly string[],
  { cwd = '/', env = {}, prefix = [], onStart }: HowToRun = {},
): Promise<Ran> => {
  const node = [
    process.execPath,
    '--conditions=ci-runner-source',
    '--disable-warning=ExperimentalWarning',
    SCRIPT,
  ];
  const [program = '', ...rest] = [...prefix, ...node, ...args];
  const child = spawn(program, rest, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  onStart?.(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
};
