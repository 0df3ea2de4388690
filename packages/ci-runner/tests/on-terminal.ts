import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { makeEmulator, type Emulator } from './emulator.ts';
import { baseEnvironment } from './run-command.ts';

const quote = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** A command on a terminal of its own. */
export interface OnTerminal {
  readonly child: ChildProcess;
  readonly emulator: Emulator;
  /** Everything that it has written. */
  output(): string;
  /** Presses keys. */
  type(keys: string): void;
  resize(columns: number, rows: number): Promise<void>;
  /** Resolves to the exit code. */
  readonly finished: Promise<number | null>;
}

/** What a terminal is like. */
export interface TerminalSpec {
  readonly columns?: number;
  readonly rows?: number;
  /** Shell words behind the command, such as a redirection. */
  readonly redirection?: string;
}

/** Starts a command on a pseudo-terminal (script of util-linux); it is killed at the end of the test. */
export const startOnTerminal = (
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  { columns = 80, rows = 30, redirection = '' }: TerminalSpec = {},
): OnTerminal => {
  const shell = `stty cols ${columns} rows ${rows}; tty; exec ${command.map(quote).join(' ')} ${redirection}`;
  const child = spawn('script', ['--quiet', '--return', '--command', shell, '/dev/null'], {
    env: { ...baseEnvironment(), TERM: 'xterm', SHELL: '/bin/sh', ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const emulator = makeEmulator(columns, rows);
  let output = '';
  let device = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    output += text;
    if (device !== '') {
      emulator.write(text);
    } else if (output.includes('\n')) {
      [, device = ''] = /^(.*)\r\n/.exec(output) ?? [];
      output = output.slice(device.length + 2);
      emulator.write(output);
    }
  });
  const finished = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await finished;
  });
  return {
    child,
    emulator,
    output: () => output,
    type: (keys) => child.stdin.write(keys),
    resize: async (cols, height) => {
      emulator.resize(cols, height);
      await promisify(execFile)('stty', ['-F', device, 'cols', `${cols}`, 'rows', `${height}`]);
    },
    finished,
  };
};
