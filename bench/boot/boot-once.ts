import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../../scripts/run-step.ts';

const COMMAND = join(ROOT, 'packages/ci-runner/dist/bin/ci-runner.mjs');

/** After this the supervisor is idle: nothing of the boot goes on. */
const IDLE_MS = 2_000;

/** One boot. */
export interface Run {
  readonly bootMs: number;
  /** What the supervisor's threads had of the processors until then. */
  readonly cpuMs: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly rssMB: number | undefined;
}

/** What is booted, and for how long. */
export interface BootSpec {
  /** Where the actions-runner is installed. */
  readonly runner: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether to wait until it is idle, for its resident set. */
  readonly idle: boolean;
  readonly signal: AbortSignal;
}

const rssOf = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024) / 1_000_000;
};

const readPhases = (
  child: ChildProcess,
): { phases: Record<string, number>; listening: Promise<void> } => {
  const phases: Record<string, number> = {};
  const { promise, resolve } = Promise.withResolvers<void>();
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const record = JSON.parse(line) as {
        event?: string;
        name: string;
        ms: number;
        message: string;
      };
      if (record.event === 'phase') phases[record.name] = record.ms;
      if (record.message.includes('Listening for Jobs')) resolve();
    });
  }
  return { phases, listening: promise };
};

/** Notes what `boot/machine.ts` has put before the Listener's own start. */
const readNotes = async (runner: string): Promise<{ startedAt: number; cpuMs: number }> => {
  const [started, cpu] = await Promise.all(
    ['started', 'cpu'].map(async (name) => readFile(join(runner, name), 'utf8')),
  );
  // schedstat(5): the time on a processor in nanoseconds, of one thread each line.
  const nanoseconds = (cpu ?? '').split('\n').map((line) => Number(line.split(' ')[0]));
  return {
    startedAt: Number(started) / 1e6,
    cpuMs: nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6,
  };
};

/** Boots a supervisor, and ends it. */
export const bootOnce = async ({ runner, environment, idle, signal }: BootSpec): Promise<Run> => {
  const from = performance.timeOrigin + performance.now();
  const child = spawn(process.execPath, [COMMAND, 'start'], {
    env: { ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { phases, listening } = readPhases(child);
  const ended = once(child, 'exit');
  const stop = (): boolean => child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  try {
    await Promise.race([
      listening,
      ended.then(() => {
        throw new Error('the supervisor ended before it listened');
      }),
    ]);
    const { startedAt, cpuMs } = await readNotes(runner);
    if (idle) await sleep(IDLE_MS, undefined, { signal });
    const rssMB = idle && child.pid ? await rssOf(child.pid) : undefined;
    return { bootMs: startedAt - from, cpuMs, phases, rssMB };
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
    await ended;
  }
};
