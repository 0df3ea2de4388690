import { isAbortOf } from '../errors/is-abort-of.ts';
import { RunnerError, toRunnerError } from '../errors/runner-error.ts';
import type { SecretMask } from '../log/mask-secrets.ts';
import type { DrainSwitch } from './drain-switch.ts';
import { maskError } from './mask-error.ts';

/** Why a configuration was not checked to its end: what was thrown, or what interrupted it. */
export const whyUnchecked = (
  thrown: unknown,
  { request, failure, signal }: DrainSwitch,
  mask: Pick<SecretMask, 'apply'>,
): RunnerError => {
  const interrupted = (): RunnerError =>
    new RunnerError('INTERRUPTED', `${request?.reason} came before all was checked`);
  return maskError(
    mask,
    toRunnerError(failure ?? (isAbortOf(signal, thrown) ? interrupted() : thrown)),
  );
};
