import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The top of the checkout. */
export const ROOT: string = join(import.meta.dirname, '..');

/** A program to run, and what to call it. */
export interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/** How a step ended. */
export interface StepResult {
  readonly name: string;
  readonly passed: boolean;
  readonly output: string;
  readonly ms: number;
}

/** A tool of the workspace. */
export const tool = (name: string, ...args: string[]): readonly [string, ...string[]] => [
  join(ROOT, 'node_modules/.bin', name),
  ...args,
];

/** The command from source. */
export const fromSource = (...args: string[]): readonly [string, ...string[]] => [
  process.execPath,
  '--conditions=ci-runner-source',
  join(ROOT, 'packages/ci-runner/src/bin/ci-runner.ts'),
  ...args,
];

/** The command as it is published; needs a build. */
export const fromPackage = (...args: string[]): readonly [string, ...string[]] => [
  process.execPath,
  join(ROOT, 'packages/ci-runner/dist/bin/ci-runner.mjs'),
  ...args,
];

/** Runs a step and keeps its output. */
export const runStep = async ({ name, command }: Step): Promise<StepResult> => {
  const start = performance.now();
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => (output += data.toString()));
  }
  const code = await once(child, 'close').then(
    ([status]) => status as number | null,
    (error: unknown) => {
      output += `${program} cannot be started: ${String(error)}`;
      return null;
    },
  );
  return { name, passed: code === 0, output, ms: Math.round(performance.now() - start) };
};

/** Says how a step ended; its output only when it failed. */
export const printResult = ({ name, passed, output, ms }: StepResult): void => {
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name} (${(ms / 1_000).toFixed(1)} s)`);
  if (!passed) console.log(output);
};
