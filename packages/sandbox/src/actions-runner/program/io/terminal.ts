import type { Diagnostics } from './diagnostics.ts';

/** The runner's standard output and error, one line a call. */
export interface Terminal {
  /** A line on standard output; an empty one by default. */
  line(text?: string): void;
  /** A line on standard output after a UTC timestamp. */
  event(text: string): void;
  /** `√ text` on standard output. */
  success(text: string): void;
  /** `# text` between blank lines on standard output. */
  section(text: string): void;
  /** A line on standard error. */
  error(text: string): void;
  /** A line on standard error after a UTC timestamp. */
  errorEvent(text: string): void;
}

/** The current time in .NET's `u` format, as in `2026-08-17 14:15:44Z`. */
export function timestamp(): string {
  return `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** A terminal over this process's streams that echoes every line to the diagnostic log. */
export function createTerminal(diagnostics: Diagnostics): Terminal {
  // A reader that went away is no reason to stop: .NET's console ignores EPIPE too.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  const line = (text = ''): void => {
    process.stdout.write(`${text}\n`);
    diagnostics.info('Terminal', `WRITE LINE: ${text}`);
  };
  const error = (text: string): void => {
    process.stderr.write(`${text}\n`);
    diagnostics.error('Terminal', `WRITE ERROR: ${text}`);
  };
  return {
    line,
    error,
    event: (text) => line(`${timestamp()}: ${text}`),
    errorEvent: (text) => error(`${timestamp()}: ${text}`),
    success: (text) => line(`√ ${text}`),
    section: (text) => {
      line();
      line(`# ${text}`);
      line();
    },
  };
}
