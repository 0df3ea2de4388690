import { RunnerError } from '../errors/runner-error.ts';
import type { SecretMask } from '../log/mask-secrets.ts';

/** The same error without the secrets that its message may show. */
export const maskError = (mask: Pick<SecretMask, 'apply'>, error: RunnerError): RunnerError => {
  const message = mask.apply(error.message);
  if (message === error.message) return error;
  const { code, plugin, hook } = error;
  return new RunnerError(code, message, {
    ...(plugin === undefined ? {} : { plugin }),
    ...(hook === undefined ? {} : { hook }),
  });
};
