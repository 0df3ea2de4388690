import { spawn, type ChildProcess } from 'node:child_process';
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

/** What is told to end gets this long to clean up: a rehearsal waits for its supervisor. */
const END_LIMIT_MS = 25_000;

const killGroup = ({ pid }: ChildProcess, signal: NodeJS.Signals): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing of it is left.
  }
};

/** Ends a child with all of its process group when `signal` aborts. */
const endWhenAborted = (child: ChildProcess, signal: AbortSignal): void => {
  const end = (): void => {
    killGroup(child, 'SIGTERM');
    const timer = setTimeout(() => killGroup(child, 'SIGKILL'), END_LIMIT_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      killGroup(child, 'SIGKILL');
      // Whoever left the group may hold the other ends.
      child.stdout?.destroy();
      child.stderr?.destroy();
    });
  };
  signal.addEventListener('abort', end, { once: true });
  child.once('exit', () => signal.removeEventListener('abort', end));
};

/**
 * Runs a step and keeps its output.
 *
 * @throws what `signal` aborts with, after the step and its children have ended.
 */
export const runStep = async (
  { name, command }: Step,
  signal: AbortSignal,
): Promise<StepResult> => {
  signal.throwIfAborted();
  const start = performance.now();
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  endWhenAborted(child, signal);
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
  signal.throwIfAborted();
  return { name, passed: code === 0, output, ms: Math.round(performance.now() - start) };
};

/** Says how a step ended; its output only when it failed. */
export const printResult = ({ name, passed, output, ms }: StepResult): void => {
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name} (${(ms / 1_000).toFixed(1)} s)`);
  if (!passed) console.log(output);
};
