import { mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { timestamp } from './terminal.ts';

/** The diagnostic log of one process in `_diag`. */
export interface Diagnostics {
  info(source: string, text: string): void;
  error(source: string, text: string): void;
}

export interface DiagnosticsOptions {
  /** The `_diag` folder. */
  readonly folder: string;
  readonly program: 'Runner' | 'Worker';
  /** Whether standard output carries the log as well (`ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT`). */
  readonly echo: boolean;
}

/** Opens `_diag/PROGRAM_yyyyMMdd-HHmmss-utc.log`. Where the folder cannot be written, nothing is logged. */
export function createDiagnostics(options: DiagnosticsOptions): Diagnostics {
  const file = openLog(options);
  const tag = options.program.toUpperCase();
  const write = (level: string, source: string, text: string): void => {
    const entry = `${timestamp()} ${level} ${source}] ${text}\n`;
    if (file !== undefined) writeSync(file, `[${entry}`);
    if (options.echo) process.stdout.write(`[${tag} ${entry}`);
  };
  return {
    info: (source, text) => write('INFO', source, text),
    error: (source, text) => write('ERR ', source, text),
  };
}

function openLog({ folder, program }: DiagnosticsOptions): number | undefined {
  const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  try {
    mkdirSync(folder, { recursive: true });
    return openSync(join(folder, `${program}_${stamp}-utc.log`), 'a');
  } catch {
    return undefined;
  }
}
