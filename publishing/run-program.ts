import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from '../scripts/run-step.ts';

/** How a program is run. */
export interface RunOptions {
  readonly cwd: string;
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is typed when a prompt appears, by prompt. @default nothing can be typed */
  readonly answers?: Readonly<Record<string, string>>;
}

/** How a program ended, and all that it printed on either stream. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Where ./dev keeps the pnpm that it has brought. */
const PNPM = join(ROOT, '.dev/tools/node_modules/pnpm');

/** What hangs is ended before its test is, so that nothing of it goes on. */
const LIMIT_MS = 200_000;

/** Without what a package manager or Vitest has set for its own children: users have none of it. */
const plainEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(?:npm_|pnpm_|NODE_OPTIONS$|NODE_ENV$|VITEST|TEST$)/i.test(name),
    ),
  );

/** Runs a program to its end, without a terminal. */
export const runProgram = async (
  [command, ...args]: readonly [string, ...string[]],
  { cwd, env = {}, answers }: RunOptions,
): Promise<Ended> => {
  const child = spawn(command, args, {
    cwd,
    env: { ...plainEnvironment(), PATH: `${PNPM}:${process.env['PATH']}`, ...env },
    stdio: 'pipe',
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  if (answers === undefined) child.stdin.end();
  let output = '';
  const asked = new Map(Object.entries(answers ?? {}));
  const type = (): void => {
    for (const [prompt, answer] of asked) {
      if (!output.includes(prompt)) continue;
      asked.delete(prompt);
      child.stdin.write(`${answer}\n`);
    }
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      type();
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
};

/**
 * Runs a program that must succeed; resolves to what it printed.
 *
 * @throws Error with all that it printed where it did not.
 */
export const succeed = async (
  command: readonly [string, ...string[]],
  options: RunOptions,
): Promise<string> => {
  const { code, output } = await runProgram(command, options);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${output}`);
  return output;
};
