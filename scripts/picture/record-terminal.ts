import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ROOT } from '../run-step.ts';

/** What a command wrote at a moment. */
export interface Chunk {
  /** Milliseconds since its first output. */
  readonly at: number;
  readonly output: string;
}

/** Of the terminal; what the rehearsal says fits. */
export const COLUMNS = 124;

/** Names that lots draw, and that say nothing. */
const withoutLots = (output: string): string =>
  output
    .replaceAll(/ci-rehearsal-[\da-f]{8}/g, 'ci-rehearsal')
    .replaceAll(/(ci-runner-i-\d+abcdef0)-[\da-f]{8}/g, '$1-5eed5eed');

/** Runs a command of the shell's on a terminal of its own (script of util-linux). @throws Error when it fails. */
export const recordTerminal = async (
  command: string,
  signal: AbortSignal,
): Promise<readonly Chunk[]> => {
  const { CI: _ci, NO_COLOR: _colour, ...env } = process.env;
  const shell = `stty cols ${COLUMNS} rows 40; ${command}`;
  const child = spawn('script', ['--quiet', '--return', '--command', shell, '/dev/null'], {
    cwd: ROOT,
    env: { ...env, TERM: 'xterm-256color', SHELL: '/bin/sh' },
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  });
  const chunks: Chunk[] = [];
  let start: number | undefined;
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (output: string) => {
    start ??= performance.now();
    chunks.push({ at: performance.now() - start, output: withoutLots(output) });
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return chunks;
  throw new Error(`${command} ended with ${code ?? 'a signal'}: ${chunks.at(-1)?.output ?? ''}`);
};
