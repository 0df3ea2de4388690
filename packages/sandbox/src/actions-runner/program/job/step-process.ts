import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { delay } from '../io/delay.ts';

export interface StepCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onLine: (line: string) => void;
  readonly cancel: AbortSignal;
}

const INTERRUPT_GRACE_MS = 7_500;
const TERMINATE_GRACE_MS = 2_500;
const STREAMS_GRACE_MS = 5_000;

/** Makes the out-of-memory killer prefer steps to the runner. */
const OUT_OF_MEMORY_SCORE = '500';

/**
 * Runs one process and answers its exit code, 128 and the signal's number where a signal ended it. Cancelling sends
 * SIGINT, after 7.5 s SIGTERM and after 2.5 s more SIGKILL, to that process alone and not to its children.
 *
 * @throws Error when the program cannot be started.
 */
export async function runStepProcess(command: StepCommand): Promise<number> {
  const { file, args, cwd, env } = command;
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', command.onLine);
  }
  const exit = exitOf(child);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  raiseOutOfMemoryScore(child);
  const over = new AbortController();
  void stopOnCancel(child, command.cancel, over.signal);
  try {
    const code = await exit;
    // What the step left in the background may hold the streams open.
    await Promise.race([closed, delay(STREAMS_GRACE_MS, over.signal)]);
    return code;
  } finally {
    over.abort();
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + signalNumber(signal)));
  });
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : process.getBuiltinModule('node:os').constants.signals[signal];
}

async function stopOnCancel(
  child: ChildProcess,
  cancel: AbortSignal,
  over: AbortSignal,
): Promise<void> {
  await aborted(AbortSignal.any([cancel, over]));
  if (over.aborted) return;
  child.kill('SIGINT');
  await delay(INTERRUPT_GRACE_MS, over);
  if (over.aborted) return;
  child.kill('SIGTERM');
  await delay(TERMINATE_GRACE_MS, over);
  if (!over.aborted) child.kill('SIGKILL');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function raiseOutOfMemoryScore({ pid }: ChildProcess): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, OUT_OF_MEMORY_SCORE);
  } catch {
    // The process may be gone, or the score may be higher than this user may set.
  }
}
