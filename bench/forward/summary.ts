import type { Measurement } from './measure.ts';

/** All rounds of one measure, by subject. */
export type Rounds = ReadonlyMap<string, readonly Measurement[]>;

/** The median of numbers. */
export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const round = (value: number, digits: number): number =>
  Math.round(value * 10 ** digits) / 10 ** digits;

/** The median over the rounds of how one subject's rate compares to another's in the same round. */
export const rateRatio = (rounds: Rounds, one: string, other: string): number => {
  const others = rounds.get(other) ?? [];
  const ratios = (rounds.get(one) ?? []).map(
    ({ rate }, index) => rate / (others[index]?.rate ?? Number.NaN),
  );
  return round(median(ratios), 3);
};

/** The median loss of a subject, as a share of what was sent. */
export const lossOf = (rounds: Rounds, subject: string): number =>
  round(median((rounds.get(subject) ?? []).map(({ loss = 0 }) => loss)), 5);

/** The medians of every subject. */
export const medians = (rounds: Rounds): Record<string, Measurement> =>
  Object.fromEntries(
    [...rounds].map(([subject, all]) => {
      const of = (field: keyof Measurement, digits: number): Partial<Measurement> =>
        all[0]?.[field] === undefined
          ? {}
          : { [field]: round(median(all.map((one) => one[field] ?? Number.NaN)), digits) };
      return [
        subject,
        {
          ...of('rate', 0),
          ...of('p50Ms', 3),
          ...of('p99Ms', 3),
          ...of('loss', 5),
          ...of('cpuSeconds', 2),
        } as Measurement,
      ];
    }),
  );
