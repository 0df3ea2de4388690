import { isAbortOf } from '../errors/is-abort-of.ts';
import { RunnerError, toRunnerError } from '../errors/runner-error.ts';
import type { SecretMask } from '../log/mask-secrets.ts';
import type { DrainSwitch } from './drain-switch.ts';
import { maskError } from './mask-error.ts';

/** What to tell of a check that `thrown` has ended. */
export const whyUnchecked = (
  thrown: unknown,
  { failure, request, signal }: DrainSwitch,
  mask: Pick<SecretMask, 'apply'>,
): RunnerError => {
  const interrupted = (): RunnerError =>
    new RunnerError('INTERRUPTED', `${request?.reason} came before all was checked`);
  const met = failure ?? (isAbortOf(signal, thrown) ? interrupted() : thrown);
  return maskError(mask, toRunnerError(met));
};
