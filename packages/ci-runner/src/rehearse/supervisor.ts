import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** One line of the supervisor's JSON log. */
export interface LogRecord {
  readonly level: string;
  readonly message: string;
  readonly event?: string;
  readonly [field: string]: unknown;
}

/** A running `ci-runner start`, seen through its log. */
export interface Supervisor {
  readonly records: readonly LogRecord[];
  /** Resolves to the exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Resolves when `count` records of that event have been logged. */
  logged(event: string, count: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** How to start it. */
export interface SupervisorOptions {
  /** The command line of `ci-runner`, without arguments. */
  readonly self: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly onRecord: (record: LogRecord) => void;
}

const parseLine = (line: string): LogRecord => {
  try {
    return JSON.parse(line) as LogRecord;
  } catch {
    return { level: 'error', message: line };
  }
};

/** Starts `ci-runner start` with LOG_FORMAT=json in a process group of its own. */
export const startSupervisor = (options: SupervisorOptions): Supervisor => {
  const [command, ...args] = options.self;
  const child = spawn(command, [...args, 'start', '--trace'], {
    cwd: '/',
    env: { ...options.environment, LOG_FORMAT: 'json' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const records: LogRecord[] = [];
  const waiting = new Set<() => void>();
  const take = (line: string): void => {
    const record = parseLine(line);
    records.push(record);
    options.onRecord(record);
    for (const check of waiting) check();
  };
  const readers = [child.stdout, child.stderr].map((input) => createInterface({ input }));
  for (const reader of readers) reader.on('line', take);
  const exited = Promise.all([
    once(child, 'exit'),
    ...readers.map(async (reader) => once(reader, 'close')),
  ]).then(([[code]]) => code as number | null);
  return {
    records,
    exited,
    logged: async (event, count) =>
      new Promise<void>((resolve) => {
        const check = (): void => {
          if (records.filter((record) => record.event === event).length < count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    kill: (signal) => child.kill(signal),
  };
};
