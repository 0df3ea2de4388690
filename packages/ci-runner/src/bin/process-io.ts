import type { CommandIo, EndHandlers } from '../commands/command-io.ts';
import { findTerminal } from './process-terminal.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

const onEnd = (handlers: EndHandlers): (() => void) => {
  for (const name of SIGNALS) process.on(name, handlers.signal);
  process.on('uncaughtException', handlers.failure);
  return () => {
    // A signal that comes now must not end the process before its exit code is set.
    for (const name of SIGNALS) process.on(name, () => {}).off(name, handlers.signal);
    process.off('uncaughtException', handlers.failure);
  };
};

/** This process, as commands see it. */
export const processIo = (): CommandIo => {
  // A reader that went away, as in `ci-runner check | head -1`, is no reason to fail.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  // Empty variables count as unset, but to Node an empty zone is one of its own, `GMT+0`.
  if (process.env['TZ'] === '') delete process.env['TZ'];
  return {
    environment: process.env,
    workingDirectory: process.cwd(),
    write: (text) => process.stdout.write(text),
    complain: (text) => process.stderr.write(text),
    terminal: findTerminal(),
    self: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
    onEnd,
  };
};
