import { parseArgs } from 'node:util';

/** The options of the bench. */
export interface ForwardBenchOptions {
  readonly json: boolean;
  /** How often everything is measured, in turn. */
  readonly rounds: number;
  /** How long a bulk copy or a stream of datagrams lasts. */
  readonly seconds: number;
}

const wholeNumber = (option: string, text: string): number => {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new RangeError(
    `--${option}: got ${JSON.stringify(text)}; takes a whole number from 1 to 999`,
  );
};

/** Reads the command line; a sentence on what is wrong with it instead when it cannot be used. */
export const readOptions = (args: readonly string[]): ForwardBenchOptions | string => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '9' },
        seconds: { type: 'string', default: '1' },
      },
    });
    return {
      json: values.json,
      rounds: wholeNumber('rounds', values.rounds),
      seconds: wholeNumber('seconds', values.seconds),
    };
  } catch (error) {
    return (error as Error).message;
  }
};
