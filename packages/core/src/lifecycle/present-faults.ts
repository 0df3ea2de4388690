import type { Fault } from '../errors/fault.ts';
import type { RunnerError } from '../errors/runner-error.ts';
import type { SecretMask } from '../log/mask-secrets.ts';

/** Plugins that declare the same variable find the same fault. */
export const withoutRepetition = (faults: readonly Fault[]): readonly Fault[] => [
  ...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values(),
];

/** A secret can stand in the wrong variable: a token in the URL of a repository, say. */
export const withMask =
  (mask: SecretMask) =>
  ({ name, got, expected }: Fault): Fault => ({
    name,
    expected: mask.apply(expected),
    ...(got === undefined ? {} : { got: mask.apply(got) }),
  });

/** Next to faults of settings a plugin's failure is one more thing to mend, and perhaps their consequence. */
export const asFault = ({ plugin, message }: RunnerError): Fault => ({
  name: `plugin ${plugin ?? 'unknown'}`,
  expected: message,
});
