import { describeError, type Served, type Serving, type TapContext } from '@ci-runner/core';
import type { LiveRunner } from '../live-runner.ts';
import type { Updater } from './updater.ts';

/**
 * Runs a runner until it ends by itself, or until a newer actions-runner is installed beside it: then it is drained as for
 * a stop, so that no job is lost.
 */
export const serveUntilUpdate = async (
  runner: LiveRunner,
  updater: Pick<Updater, 'untilReady'>,
  serving: Serving,
  context: TapContext,
): Promise<Served> => {
  const { log, signal } = context;
  const ended = new AbortController();
  const drainWhenReady = async (): Promise<void> => {
    const version = await updater.untilReady(context, AbortSignal.any([signal, ended.signal]));
    await runner.drainForUpdate(`update to actions-runner ${version}`, context);
  };
  const updating = drainWhenReady().catch((error: unknown) => {
    if (ended.signal.aborted || signal.aborted) return;
    log.error(`the drain before an update failed: ${describeError(error)}`);
  });
  try {
    return await runner.serve(serving, context);
  } finally {
    ended.abort();
    await updating;
  }
};
