import { inspect } from 'node:util';

/** Enough for real chains; an error can also be its own cause. */
const DEEPEST_CAUSE = 5;

const ownMessage = (error: Error, depth: number): string => {
  if (error.message !== '') return error.message;
  // A connection refused on every address of a host is such an error: it has no message of its own.
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.map((one: unknown) => describe(one, depth + 1)).join('; ');
  }
  return 'code' in error ? String(error.code) : error.name;
};

const describe = (thrown: unknown, depth: number): string => {
  if (!(thrown instanceof Error)) {
    return `threw ${inspect(thrown, { depth: 1, breakLength: Infinity })} instead of an error`;
  }
  const message = ownMessage(thrown, depth);
  if (!(thrown.cause instanceof Error) || depth >= DEEPEST_CAUSE) return message;
  const cause = describe(thrown.cause, depth + 1);
  return message.includes(cause) ? message : `${message}: ${cause}`;
};

/** The message of anything that can be thrown, falsy values included, with the messages of its causes. Never throws. */
export const describeError = (thrown: unknown): string => {
  try {
    return describe(thrown, 0);
  } catch {
    return 'threw something that cannot be described';
  }
};
