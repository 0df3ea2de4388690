import { delay } from '../io/delay.ts';
import type { Terminal } from '../io/terminal.ts';
import { OAuthError } from '../server/access-token.ts';
import type { Broker } from '../server/broker.ts';
import { ServiceError } from '../server/service-client.ts';
import { statusName } from '../server/status-names.ts';
import { ExitCode } from './exit-code.ts';

const RETRY_MS = 30_000;
const CONFLICT_TRIES = 8;

const DELETED =
  'Failed to create a session. The runner registration has been deleted from the server, please re-configure. Runner registrations are automatically deleted for runners that have not connected to the service recently.';

/**
 * Opens the broker session, trying for ever where the fault may pass. Answers undefined once the session is
 * open, and otherwise the code to exit with.
 */
export async function openSession(
  broker: Broker,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number | undefined> {
  let conflicts = 0;
  let reported = false;
  for (;;) {
    terminal.line();
    terminal.success('Connected to GitHub');
    terminal.line();
    try {
      await broker.openSession(signal);
      if (reported) terminal.event('Runner reconnected.');
      return undefined;
    } catch (error) {
      if (signal.aborted) return ExitCode.success;
      if (isFatal(error, terminal)) return ExitCode.terminated;
      const conflict = error instanceof ServiceError && error.status === 409;
      if (conflict) {
        terminal.error('A session for this runner already exists.');
        conflicts += 1;
      }
      const message = conflict ? 'Error: Conflict' : (error as Error).message;
      if (conflicts === CONFLICT_TRIES) {
        terminal.error('Stop retry on SessionConflictException after retried for 240 seconds.');
        terminal.error(`Failed to create session. ${message}`);
        return ExitCode.sessionConflict;
      }
      if (!reported) {
        terminal.errorEvent(`Runner connect error: ${message}. Retrying until reconnected.`);
      }
      reported = true;
    }
    await delay(RETRY_MS, signal);
    if (signal.aborted) return ExitCode.success;
  }
}

/** Reports what no further try can mend: a registration that is gone, or that may not connect. */
function isFatal(error: unknown, terminal: Terminal): boolean {
  if (error instanceof OAuthError && error.code === 'invalid_client') {
    terminal.error(DELETED);
    return true;
  }
  if (!(error instanceof ServiceError)) return false;
  if (error.kind === 'RunnerNotFound') {
    terminal.error('The runner no longer exists on the server. Please reconfigure the runner.');
    terminal.error(`Failed to create session. ${error.message}`);
    return true;
  }
  if (error.status !== 401 && error.status !== 403) return false;
  terminal.error(`Failed to create session. Error: ${statusName(error.status)}`);
  return true;
}
