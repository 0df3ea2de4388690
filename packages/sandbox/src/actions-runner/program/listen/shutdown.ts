import { scaled } from '../io/delay.ts';
import type { Terminal } from '../io/terminal.ts';

/** How the Listener is told to stop. */
export interface Shutdown {
  readonly signal: AbortSignal;
  /** 143 once SIGTERM has arrived, as the .NET runtime has it. */
  readonly exitCode: number | undefined;
}

/** What the launcher found ignored when the Listener was started. */
export interface IgnoredSignals {
  /** `SigIgn` of /proc/PID/status before Node reset it, in hexadecimal. */
  readonly mask: string;
}

/** `ExitOnUnloadTimeout` of the genuine runner. */
const UNLOAD_LIMIT_MS = 30_000;

const TERMINATED = 143;

const NUMBERS = { SIGHUP: 1, SIGINT: 2 } as const;

/**
 * Handles the Listener's signals. A signal that was ignored at exec stays ignored, as under .NET; Node would
 * otherwise have reset it. SIGHUP has no handler and ends the process at once.
 */
export function listenForShutdown(ignored: IgnoredSignals, terminal: Terminal): Shutdown {
  const controller = new AbortController();
  let exitCode: number | undefined;
  handleInterrupts(ignored, () => {
    terminal.line('Exiting...');
    controller.abort();
  });
  process.on('SIGTERM', () => {
    exitCode = TERMINATED;
    setTimeout(() => process.exit(TERMINATED), scaled(UNLOAD_LIMIT_MS)).unref();
    controller.abort();
  });
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
  };
}

/** Calls `onInterrupt` at SIGINT and SIGQUIT, unless they were ignored at exec. */
export function handleInterrupts(ignored: IgnoredSignals, onInterrupt: () => void): void {
  const isIgnored = (signal: keyof typeof NUMBERS): boolean =>
    ((BigInt(`0x${ignored.mask || '0'}`) >> BigInt(NUMBERS[signal] - 1)) & 1n) === 1n;
  const onSignal = isIgnored('SIGINT') ? () => {} : onInterrupt;
  process.on('SIGINT', onSignal);
  // bash ignores SIGQUIT itself and cannot tell. A shell that starts a background job ignores both or neither.
  process.on('SIGQUIT', onSignal);
  if (isIgnored('SIGHUP')) process.on('SIGHUP', () => {});
}
