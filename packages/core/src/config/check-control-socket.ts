import type { Fault } from '../errors/fault.ts';
import type { Environment } from './environment.ts';

const VARIABLE = 'CI_RUNNER_CONTROL_SOCKET';

/** In bytes. A socket's path has at most 107 on Linux (unix(7)) and 103 on macOS. */
const LONGEST = 100;

const isSocketPath = (path: string): boolean =>
  path.startsWith('/') &&
  !path.endsWith('/') &&
  !path.includes('\0') &&
  Buffer.byteLength(path) <= LONGEST;

/** A fault when no socket can be at the path that is set for the supervisor's own. */
export const checkControlSocket = (environment: Environment): readonly Fault[] => {
  const path = environment[VARIABLE];
  if (path === undefined || isSocketPath(path)) return [];
  const expected = `takes the absolute path of a socket, of at most ${LONGEST} bytes, such as /run/ci-runner/control.sock`;
  return [{ name: VARIABLE, got: path, expected }];
};
