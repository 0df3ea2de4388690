import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { removeLocally } from '../configure/remove.ts';
import { limit } from '../io/delay.ts';
import type { Diagnostics } from '../io/diagnostics.ts';
import type { Terminal } from '../io/terminal.ts';
import { createAccessToken } from '../server/access-token.ts';
import { type Broker, createBroker } from '../server/broker.ts';
import { createServiceCall } from '../server/service-client.ts';
import type { RunnerFault } from '../store/knobs.ts';
import type { RunnerFiles } from '../store/runner-files.ts';
import { isAtLeast } from '../store/version.ts';
import { checkReadable } from './check-readable.ts';
import { ExitCode } from './exit-code.ts';
import { createJobSlot, type JobSlot } from './job-slot.ts';
import { type LoopEnd, pumpMessages } from './message-loop.ts';
import { openSession } from './open-session.ts';
import { type RunnerRefresh, type UpdateContext, updateRunner } from './self-update.ts';
import type { Shutdown } from './shutdown.ts';

export interface RunContext {
  readonly files: RunnerFiles;
  readonly terminal: Terminal;
  readonly diagnostics: Diagnostics;
  readonly shutdown: Shutdown;
  readonly version: string;
  /** `--once`. */
  readonly once: boolean;
  readonly faults: readonly RunnerFault[];
}

/** Older versions kept their files when the server no longer knew them. */
const CLEANS_UP_SINCE = '2.336.0';

const DEPRECATED_CODE_SINCE = '2.333.0';

const CLOSE_LIMIT_MS = 30_000;

/** Serves jobs until told to stop. Answers the exit code; throws what an unhandled exception would be. */
export async function run(context: RunContext): Promise<number> {
  const { files, terminal, diagnostics, faults, shutdown, version } = context;
  if (!files.isConfigured()) {
    terminal.error(
      'An error occurred: Not configured. Run config.(sh/cmd) to configure the runner.',
    );
    return ExitCode.terminated;
  }
  const settings = files.readSettings();
  const workFolder = resolve(files.root, settings.workFolder);
  const unreadable = checkReadable(workFolder);
  if (unreadable !== undefined) {
    terminal.error(`An error occurred: Access to the path '${unreadable}' is denied.`);
    return ExitCode.terminated;
  }
  const token = createAccessToken(files, files.readCredentials());
  const call = createServiceCall(token);
  const broker = createBroker(call, settings, { version, host: hostname() });
  const failure = await openSession(broker, terminal, shutdown.signal);
  if (failure !== undefined) return failure;
  terminal.line(`Current runner version: '${version}'`);
  terminal.event('Listening for Jobs');

  const once = context.once || settings.ephemeral;
  const stop = shutdown.signal;
  const slot = createJobSlot({
    root: files.root,
    workFolder,
    settings,
    broker,
    call,
    terminal,
    diagnostics,
    stop,
    once,
    faults,
  });
  const end = await listen(broker, slot, context, {
    root: files.root,
    workFolder,
    terminal,
    faults,
  });
  // A stop during the job leaves the files of an ephemeral runner in place.
  const onlyJobIsOver = settings.ephemeral && slot.done.aborted;
  const cleansUp = end?.kind === 'runner-not-found' && isAtLeast(version, CLEANS_UP_SINCE);
  if (cleansUp) {
    terminal.error('The runner no longer exists on the server. Cleaning up local configuration.');
  } else if (end !== undefined && end.kind !== 'updating') {
    terminal.error(`An error occurred: ${end.message}`);
  }
  await slot.shutDown();
  if (cleansUp) {
    removeLocally(files, terminal);
    return ExitCode.success;
  }
  if (end?.kind === 'runner-not-found') return ExitCode.terminated;
  const closed = await closeSession(broker, once, terminal);
  if (onlyJobIsOver) removeLocally(files, terminal);
  if (end?.kind === 'updating') return once ? ExitCode.updatingOnce : ExitCode.updating;
  if (end?.kind === 'deprecated') return deprecatedCode(version);
  if (end?.kind === 'failed') return end.retryable ? ExitCode.retryable : ExitCode.terminated;
  return closed ? ExitCode.success : ExitCode.retryable;
}

function deprecatedCode(version: string): number {
  const asked = process.env['ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE'] ?? '';
  const knows = isAtLeast(version, DEPRECATED_CODE_SINCE);
  return knows && /^(?:1|true)$/i.test(asked) ? ExitCode.deprecated : ExitCode.terminated;
}

function listen(
  broker: Broker,
  slot: JobSlot,
  { faults, shutdown, terminal }: RunContext,
  update: UpdateContext,
): Promise<LoopEnd | undefined> {
  const source = {
    broker,
    terminal,
    pollsOnce: faults.includes('stop-polling'),
    freezes: faults.includes('freeze'),
    status: () => slot.status(),
    statusChange: () => slot.statusChange(),
    stop: AbortSignal.any([shutdown.signal, slot.done]),
  };
  return pumpMessages(source, async (message): Promise<LoopEnd | undefined> => {
    if (message.messageType === 'RunnerRefresh') {
      const refresh = JSON.parse(message.body) as RunnerRefresh;
      const updated = await updateRunner(update, refresh, () => slot.idle());
      return updated ? { kind: 'updating' } : undefined;
    }
    await slot.handle(message);
    return undefined;
  });
}

/** False when a session stays behind. A runner that takes one job does not mind: its registration goes as well. */
async function closeSession(broker: Broker, once: boolean, terminal: Terminal): Promise<boolean> {
  try {
    await broker.closeSession(limit(CLOSE_LIMIT_MS));
    return true;
  } catch (error) {
    if (once) return true;
    const message = (error as Error).message;
    terminal.error(`An error occurred: Failed to delete broker session: ${message}`);
    return false;
  }
}
