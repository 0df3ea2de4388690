import type { RunnerConfig } from '../config/define-config.ts';
import { isRunnerError } from '../errors/runner-error.ts';
import type { Identity } from '../hooks/events.ts';
import type { Caller } from '../hooks/guard.ts';
import type { LifecycleHooks } from '../hooks/lifecycle-hooks.ts';
import type { Logger } from '../log/logger.ts';

/** Asks resolveIdentity; a machine that nobody knows, or whose plugin fails, has no identity, which ends nothing. */
export const identify = async (
  { hooks, log }: { readonly hooks: LifecycleHooks; readonly log: Logger },
  config: RunnerConfig,
  caller: Caller,
): Promise<Identity | undefined> => {
  try {
    return await hooks.resolveIdentity.call(config, caller);
  } catch (error) {
    if (isRunnerError(error) && error.code === 'HOOK_UNANSWERED') return undefined;
    log.warn(`the identity of this machine is not known: ${String(error)}`);
    return undefined;
  }
};
