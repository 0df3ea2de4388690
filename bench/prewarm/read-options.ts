import { parseArgs } from 'node:util';

/** The options of the bench. */
export interface PrewarmOptions {
  readonly json: boolean;
  /** How many files the slot has, and how many bytes they have together. */
  readonly files: number;
  readonly bytes: number;
  /** How often each way is measured. */
  readonly rounds: number;
  /** How many clients load one small slot at once. */
  readonly clients: number;
}

const LIMITS = { files: 2_000_000, bytes: 100_000_000_000, rounds: 99, clients: 100 } as const;

/** Reads the command line; a sentence on what is wrong with it instead when it cannot be used. */
export const readOptions = (args: readonly string[]): PrewarmOptions | string => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        files: { type: 'string', default: '200000' },
        bytes: { type: 'string', default: '1500000000' },
        rounds: { type: 'string', default: '3' },
        clients: { type: 'string', default: '20' },
      },
    });
    const names = ['files', 'bytes', 'rounds', 'clients'] as const;
    for (const name of names) {
      const text = values[name];
      if (!/^[1-9]\d*$/.test(text) || Number(text) > LIMITS[name]) {
        return `--${name}: got ${JSON.stringify(text)}; takes a whole number from 1 to ${LIMITS[name]}`;
      }
    }
    const [files, bytes, rounds, clients] = names.map((name) => Number(values[name])) as [
      number,
      number,
      number,
      number,
    ];
    return { json: values.json, files, bytes, rounds, clients };
  } catch (error) {
    return (error as Error).message;
  }
};
