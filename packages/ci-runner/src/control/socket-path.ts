import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names the socket; what it takes is checked with the other settings. */
export const VARIABLE = 'CI_RUNNER_CONTROL_SOCKET';

const defaultPath = (runtimeDirectory: string | undefined): string => {
  const uid = process.getuid?.() ?? 0;
  if (uid === 0) return '/run/ci-runner/control.sock';
  // systemd's directory of a user is the user's alone (XDG Base Directory Specification); the temporary one is everybody's.
  if (runtimeDirectory) return join(runtimeDirectory, 'ci-runner/control.sock');
  return join(tmpdir(), `ci-runner-${uid}/control.sock`);
};

/** Where the supervisor of this user is asked for its status and told to drain. An empty variable counts as unset. */
export const controlSocketPath = (
  environment: Readonly<Record<string, string | undefined>>,
): string => environment[VARIABLE] || defaultPath(environment['XDG_RUNTIME_DIR']);
