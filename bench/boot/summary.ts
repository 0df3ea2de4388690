import type { Run } from './boot-once.ts';

/** Boots of one round: one after the other, so that the machine's moods meet all of them. */
export interface Round {
  /** Outside AWS, with the stock set. */
  readonly plain: Run;
  /** In AWS, with the stock set. */
  readonly withCloudwatch: Run;
  /** In AWS, with the stock set but for its plugins for CloudWatch. */
  readonly without: Run;
}

export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const round = (value: number): number => Math.round(value * 10) / 10;

/** What boots in AWS take with and without the plugins for CloudWatch. */
export interface Difference {
  /** With them, in the stock set. */
  readonly medianMs: number;
  readonly withoutCloudwatchMs: number;
  /** The median of the differences within each round. */
  readonly differenceMs: number;
}

const compare = (rounds: readonly Round[], read: (run: Run) => number): Difference => {
  const pairs = rounds.map(({ withCloudwatch, without }) => [read(withCloudwatch), read(without)]);
  return {
    medianMs: round(median(pairs.map(([one = 0]) => one))),
    withoutCloudwatchMs: round(median(pairs.map(([, other = 0]) => other))),
    differenceMs: round(median(pairs.map(([one = 0, other = 0]) => one - other))),
  };
};

/** What the bench prints. */
export interface Summary extends Difference {
  readonly bootMs: { readonly median: number; readonly min: number; readonly max: number };
  readonly bareNodeMs: number;
  readonly rssMB: number;
  readonly phasesMs: Readonly<Record<string, number>>;
  /** The same of the supervisor's time on processors, which other programs of the machine disturb less. */
  readonly cpu: Difference;
  readonly runs: number;
}

export const summarize = (rounds: readonly Round[], bareNodeMs: readonly number[]): Summary => {
  const runs = rounds.map(({ plain }) => plain);
  const times = runs.map((run) => run.bootMs);
  const phaseNames = Object.keys(runs[0]?.phases ?? {}).filter(
    (name) => !['serve', 'drain', 'close'].includes(name),
  );
  return {
    bootMs: {
      median: round(median(times)),
      min: round(Math.min(...times)),
      max: round(Math.max(...times)),
    },
    bareNodeMs: round(median(bareNodeMs)),
    rssMB: round(runs.at(-1)?.rssMB ?? Number.NaN),
    phasesMs: Object.fromEntries(
      phaseNames.map((name) => [name, round(median(runs.map((run) => run.phases[name] ?? 0)))]),
    ),
    ...compare(rounds, (run) => run.bootMs),
    cpu: compare(rounds, (run) => run.cpuMs),
    runs: runs.length,
  };
};

export const print = (summary: Summary): void => {
  const { bootMs, phasesMs, bareNodeMs, rssMB, cpu, runs } = summary;
  console.log(`exec of ci-runner start to exec of the Listener, ${runs} boots:`);
  console.log(`  median ${bootMs.median} ms (${bootMs.min} to ${bootMs.max} ms)`);
  for (const [name, ms] of Object.entries(phasesMs)) console.log(`    ${name}: ${ms} ms`);
  console.log(
    `the same in AWS, ${runs} boots with the plugins for CloudWatch and without in turn:`,
  );
  for (const [what, { medianMs, withoutCloudwatchMs, differenceMs }] of [
    ['time', summary],
    ['processor', cpu],
  ] as const) {
    console.log(
      `  ${what}: ${medianMs} ms with, ${withoutCloudwatchMs} ms without, difference ${differenceMs} ms`,
    );
  }
  console.log(`bare \`node -e 0\`, start to end: ${bareNodeMs} ms`);
  console.log(`resident set of the idle supervisor: ${rssMB} MB`);
};
