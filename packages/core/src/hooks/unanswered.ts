import { RunnerError } from '../errors/runner-error.ts';
import type { TapRun } from './hook.ts';

/** The error of a hook that needs an answer and got none. */
export const unanswered = (hook: string, taps: readonly TapRun[]): RunnerError => {
  const asked = taps.map((tap) => `"${tap.plugin}"`).join(', ') || 'nobody';
  return new RunnerError('HOOK_UNANSWERED', `No plugin answered hook "${hook}" (asked: ${asked})`, {
    hook,
  });
};
