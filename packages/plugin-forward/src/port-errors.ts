import { describeError, isRunnerError, RunnerError } from '@ci-runner/core';
import type { PortForward } from './settings/forward-spec.ts';
import { portKey } from './settings/parse-ports.ts';

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens on it',
  EACCES: 'this process may not open ports below 1024',
  EADDRNOTAVAIL: 'this machine does not have that address',
};

/** Says which port cannot be opened, and why. */
export const portUnavailable = (
  forward: PortForward,
  address: string,
  cause: unknown,
): RunnerError => {
  const { code = '' } = cause as NodeJS.ErrnoException;
  const reason = REASONS[code] ?? describeError(cause);
  return new RunnerError(
    'PORT_UNAVAILABLE',
    `port ${portKey(forward)} cannot be forwarded: ${reason} (${address}, ${code})`,
    { cause },
  );
};

/** One error that says everything that several say. */
export const joinErrors = (errors: readonly unknown[]): unknown => {
  const [first] = errors;
  if (errors.length < 2 || !isRunnerError(first)) return first;
  return new RunnerError(first.code, errors.map(describeError).join('; '), { cause: first });
};
