import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** What {@link runProgram} takes. */
export interface ProgramOptions {
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to its stdin, which is empty by default. */
  readonly input?: string;
  /** Ends it with SIGTERM. */
  readonly signal?: AbortSignal | undefined;
  /** Is called whenever it prints something. */
  readonly onOutput?: () => void;
}

/** How a program ended. */
export interface Finished {
  /** As a shell puts it: 128 and the number of the signal that ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** Runs a program to its end, whatever that is. */
export const tryProgram = async (
  [program, ...args]: readonly [string, ...string[]],
  { env = {}, cwd, input = '', signal, onOutput }: ProgramOptions = {},
): Promise<Finished> => {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    ...(signal === undefined ? {} : { signal }),
  });
  // One that does not read its input may close it.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  if (onOutput) for (const stream of [child.stdout, child.stderr]) stream.on('data', onOutput);
  const [stdout, stderr, [code, name]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, string | null]>,
  ]);
  return { code: code ?? 128 + (SIGNAL_NUMBERS[name ?? ''] ?? 0), stdout, stderr };
};

/**
 * Runs a program and resolves to its stdout.
 *
 * @throws Error with what it printed when it fails.
 */
export const runProgram = async (
  command: readonly [string, ...string[]],
  options: ProgramOptions = {},
): Promise<string> => {
  const { code, stdout, stderr } = await tryProgram(command, options);
  if (code === 0) return stdout;
  throw new Error(`${command.join(' ')}: exit code ${code}\n${stdout}${stderr}`);
};
