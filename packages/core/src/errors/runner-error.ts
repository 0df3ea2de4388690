import { catalogue, type CatalogueEntry, type ErrorCode } from './catalogue.ts';
import { describeError } from './describe-error.ts';

/** Unlike `instanceof`, it also knows the errors of another copy of this package. */
const BRAND = Symbol.for('ci-runner.error');

/** A plugin in JavaScript, or one built for another version of this package, can use a code that is not in the catalogue. */
const entryOf = (code: ErrorCode): CatalogueEntry =>
  Object.hasOwn(catalogue, code) ? catalogue[code] : catalogue.UNEXPECTED;

/** Where an error comes from. */
export interface RunnerErrorDetails {
  /** The error or value that was thrown first. */
  readonly cause?: unknown;
  /** The plugin that failed. */
  readonly plugin?: string;
  /** The hook in which it failed. */
  readonly hook?: string;
}

/** An error of the catalogue: its code says how the process exits and what the operator can do. */
export class RunnerError extends Error {
  readonly code: ErrorCode;
  readonly plugin: string | undefined;
  readonly hook: string | undefined;

  static {
    Object.defineProperties(this.prototype, {
      name: { value: 'RunnerError' },
      [BRAND]: { value: true },
    });
  }

  constructor(code: ErrorCode, message: string, details: RunnerErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.plugin = details.plugin;
    this.hook = details.hook;
  }

  /** The exit status of the process that this error ends. */
  get exitCode(): number {
    return entryOf(this.code).exitCode;
  }

  /** What to do about it, in one sentence. */
  get cure(): string {
    return entryOf(this.code).cure;
  }
}

/** Tells a RunnerError from other values, across copies of this package. */
export const isRunnerError = (value: unknown): value is RunnerError =>
  typeof value === 'object' && value !== null && BRAND in value;

/** Makes a RunnerError of anything that can be thrown; a RunnerError stays what it is. */
export const toRunnerError = (thrown: unknown): RunnerError =>
  isRunnerError(thrown)
    ? thrown
    : new RunnerError('UNEXPECTED', describeError(thrown), { cause: thrown });
