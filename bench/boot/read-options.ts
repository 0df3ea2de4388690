import { parseArgs } from 'node:util';

/** The options of the bench. */
export interface BootOptions {
  readonly json: boolean;
  /** How many boots are measured. */
  readonly runs: number;
}

/** Reads the command line; a sentence on what is wrong with it instead when it cannot be used. */
export const readOptions = (args: readonly string[], runsByDefault = 15): BootOptions | string => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        runs: { type: 'string', default: `${runsByDefault}` },
      },
    });
    if (/^[1-9]\d{0,3}$/.test(values.runs)) return { ...values, runs: Number(values.runs) };
    return `--runs: got ${JSON.stringify(values.runs)}; takes a whole number from 1 to 9999`;
  } catch (error) {
    return (error as Error).message;
  }
};
