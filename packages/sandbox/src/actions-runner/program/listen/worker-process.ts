import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Diagnostics } from '../io/diagnostics.ts';
import type { JobOrder, NewJobRequest } from '../job/job-orders.ts';

/** A running `bin/Runner.Worker`. */
export interface WorkerProcess {
  /** Settles when the Worker is gone; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  send(order: JobOrder): void;
  kill(): void;
}

/**
 * Starts the Worker in the Listener's own process group and gives it the job. The Worker outlives a Listener
 * that is killed, so its streams are the Listener's pipes and never the supervisor's.
 */
export function startWorker(
  root: string,
  request: NewJobRequest,
  diagnostics: Diagnostics,
): WorkerProcess {
  const bin = join(root, 'bin');
  const child = spawn(join(bin, 'Runner.Worker'), ['spawnclient', '3', '4'], {
    cwd: bin,
    env: { ...process.env, GITHUB_ACTIONS: 'true', CI: process.env['CI'] || 'true' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  relayOutput(child, diagnostics);
  const orders = child.stdio[3] as Writable;
  // The Worker may be gone before an order reaches it; its exit tells.
  orders.on('error', () => {});
  (child.stdio[4] as Readable).resume().on('error', () => {});
  const worker: WorkerProcess = {
    exited: exitOf(child),
    send: (order) => orders.write(`${JSON.stringify(order)}\n`),
    kill: () => child.kill('SIGKILL'),
  };
  worker.send(request);
  return worker;
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  } catch {
    return null;
  }
}

/** The Worker prints nothing but its own log, and that only when the environment asks for it. */
function relayOutput({ stdout, stderr }: ChildProcess, diagnostics: Diagnostics): void {
  if (stdout)
    createInterface({ input: stdout }).on('line', (line) => process.stdout.write(`${line}\n`));
  if (!stderr) return;
  createInterface({ input: stderr }).on('line', (line) => diagnostics.error('Worker', line));
}
