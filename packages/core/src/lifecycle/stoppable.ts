import { isRunnerError } from '../errors/runner-error.ts';
import type { DrainSwitch } from './drain-switch.ts';

/** The boot was given up because somebody asked the runner to end; that is no failure. */
export class BootStopped extends Error {}

/**
 * Runs a step of the boot, unless a drain has been requested; what the step throws after such a request is taken for its
 * consequence.
 *
 * @throws BootStopped
 */
export const stoppable = async <Result>(
  drain: DrainSwitch,
  work: () => Promise<Result>,
): Promise<Result> => {
  try {
    drain.signal.throwIfAborted();
    return await work();
  } catch (cause) {
    const hung = isRunnerError(cause) && cause.code === 'HOOK_TIMED_OUT';
    if (drain.request === undefined || hung) throw cause;
    throw new BootStopped('stopped while booting', { cause });
  }
};
