/** A job that comes around the signal. Times in milliseconds, before scaling. */
export interface PlannedJob {
  /** From the signal on; negative before it. */
  readonly at: number;
  readonly duration: number;
}

/** What goes wrong with the REST API. Times in milliseconds, before scaling. */
export interface PlannedFaults {
  /** The share of deletes that fail, and of every other call. */
  readonly deletesFail: number;
  readonly othersFail: number;
  /** No call succeeds from this long before the signal, for this long; undefined without an outage. */
  readonly outage: { readonly before: number; readonly duration: number } | undefined;
}

/** A drain to try. */
export interface Trial {
  readonly number: number;
  /** Determines what GitHub draws by lot. */
  readonly seed: number;
  /** When the signal comes: after this long of the boot, unscaled, or of serving. */
  readonly signal: { readonly phase: 'boot' | 'serving'; readonly at: number };
  readonly signalName: 'SIGTERM' | 'SIGINT';
  readonly jobs: readonly PlannedJob[];
  readonly faults: PlannedFaults;
}

const SECOND = 1_000;

/** Mulberry32: small, and good enough to draw scenarios. */
const randomSource = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const between = (random: () => number, from: number, to: number): number =>
  from + random() * (to - from);

/** Draws the scenario of a trial; the same seed and number draw the same one. */
export const planTrial = (seed: number, number: number): Trial => {
  const random = randomSource(Math.imul(seed, 1_000_003) + number);
  const boot = random() < 0.15;
  const jobs = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
    at: between(random, -5 * SECOND, 3 * SECOND),
    duration: between(random, 0, 3 * SECOND),
  }));
  const outage =
    random() < 0.1
      ? {
          before: between(random, -5 * SECOND, 5 * SECOND),
          duration: between(random, 5 * SECOND, 45 * SECOND),
        }
      : undefined;
  return {
    number,
    seed: Math.floor(random() * 2 ** 31),
    signal: boot
      ? { phase: 'boot', at: between(random, 0, 2 * SECOND) }
      : { phase: 'serving', at: between(random, 0, 8 * SECOND) },
    signalName: random() < 0.8 ? 'SIGTERM' : 'SIGINT',
    jobs,
    faults: {
      deletesFail: random() < 0.5 ? 0.4 : 0,
      othersFail: random() < 0.3 ? 0.2 : 0,
      outage,
    },
  };
};
