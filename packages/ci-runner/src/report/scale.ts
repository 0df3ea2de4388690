const STEPS = [1, 2, 5];
const TICKS = 8;

/** The distance of the marks on an axis of that length: 1, 2 or 5 times a power of ten, so that there are at most eight. */
export const tickStep = (length: number): number => {
  const rough = Math.max(length, 1) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  return (STEPS.find((step) => step * power >= rough) ?? 10) * power;
};

/** The marks on an axis from 0. */
export const ticks = (length: number): readonly number[] => {
  const step = tickStep(length);
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step);
};

/** A share of a length, as CSS takes it. */
export const percent = (part: number, length: number): string =>
  `${((part / Math.max(length, 1)) * 100).toFixed(3)}%`;
