import { inspect } from 'node:util';
import { RunnerError } from './runner-error.ts';

/** One thing that is wrong with a setting. */
export interface Fault {
  /** The variable or option, as the user writes it. */
  readonly name: string;
  /** What it was set to; absent when it was not set, or when it is a secret. */
  readonly got?: string;
  /** What it takes and how to mend it, as a phrase that follows "GH_LABELS: ". */
  readonly expected: string;
}

/** The configuration cannot be used; `faults` holds everything that is wrong with it. */
export class ConfigurationError extends RunnerError {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
    super(
      'CONFIG_INVALID',
      `The configuration has ${count}:\n${faults.map((fault) => `  ${formatFault(fault)}`).join('\n')}`,
    );
    this.faults = faults;
  }
}

/** One line for one fault. */
export const formatFault = (fault: Fault): string =>
  fault.got === undefined
    ? `${fault.name}: ${fault.expected}`
    : `${fault.name}: got ${JSON.stringify(fault.got)}; ${fault.expected}`;

/** A value of a configuration file, as a fault shows it. */
export const showValue = (value: unknown): string =>
  typeof value === 'string' ? value : inspect(value, { depth: 2, breakLength: Infinity });
