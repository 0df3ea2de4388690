// How many jobs, runners and processes randomised drains lose: a signal at any moment, jobs of 0 to 3 s around it that
// GitHub hands over with a gap of 0 to 3 s, busy flags that lie, deletes that succeed in the middle of a job, deletes and
// other calls that fail, outages of up to 45 s. Most trials run the product in this process, against a real embedded
// GitHub and real runner processes, with all times divided by one factor; some run `ci-runner start` at real speed. The
// same trials with algorithms that are known to lose jobs show that the trials can see a loss. A job counts as lost when a
// runner had acquired it and it did not succeed; one that no runner acquired waits for another runner.
import { parseArgs } from 'node:util';
import { planTrial } from './drain/plan.ts';
import { startNaive, type NaiveAlgorithm } from './drain/naive.ts';
import { startCommand, startInProcess } from './drain/ours.ts';
import { runTrial, type Manner, type Verdict } from './drain/run-trial.ts';
import { makeSite } from './drain/site.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    trials: { type: 'string', default: '1000' },
    unscaled: { type: 'string', default: '50' },
    algorithm: { type: 'string', default: 'ours' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});

/** Low, with many lanes: the delays of the machine itself, which nothing divides, weigh less then. */
const FACTOR = 3;
/**
 * The default of GH_DRAIN_QUIET_SEC for the trials at real speed. What this machine itself takes to hand a job over, half a
 * second when it is busy, is not scaled: the others get it on top.
 */
const QUIET_S = 5;
const SCALED_QUIET_S = Math.ceil(QUIET_S + 0.6 * FACTOR);
/** How many of ours run through the command at real speed. */
const UNSCALED = Number(values.unscaled);
/** A naive algorithm is tried until it has lost a job, and this often at most: one that loses none then fails the bench. */
const NAIVE_TRIALS = 120;
/** In milliseconds of this machine. */
const HUNG_MS = 180_000;
/** The loop of removals never ends once the runner is gone without its answer. */
const NAIVE_HUNG_MS = 15_000;
const SIDE_BY_SIDE = 20;
const COMMANDS_SIDE_BY_SIDE = 12;

const SEED = Number(values.seed);

const started = performance.now();
const secondsSoFar = (): number => Math.round((performance.now() - started) / 1_000);

/** Tries `count` drains, several side by side, each lane on a site of its own. */
const runTrials = async (
  count: number,
  lanes: number,
  manner: Manner,
  isEnough: (verdicts: readonly Verdict[]) => boolean = () => false,
): Promise<Verdict[]> => {
  const verdicts: Verdict[] = [];
  let next = 0;
  const lane = async (number: number): Promise<void> => {
    const site = await makeSite(SEED + number);
    try {
      while (next < count && !isEnough(verdicts)) {
        next += 1;
        verdicts.push(await runTrial(site, planTrial(SEED, next), manner));
      }
    } finally {
      await site.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, async (_, i) => lane(i)));
  return verdicts;
};

const sum = (verdicts: readonly Verdict[], of: (verdict: Verdict) => number): number =>
  verdicts.reduce((total, verdict) => total + of(verdict), 0);

const summarise = (verdicts: readonly Verdict[]) => ({
  trials: verdicts.length,
  jobsLost: sum(verdicts, ({ jobsLost }) => jobsLost),
  runnersLeft: sum(verdicts, ({ runnersLeft }) => runnersLeft),
  processesLeft: sum(verdicts, ({ processesLeft }) => processesLeft),
  hung: sum(verdicts, ({ hung }) => Number(hung)),
  endedUnasked: sum(verdicts, ({ endedUnasked }) => Number(endedUnasked)),
  jobsAcquired: sum(verdicts, ({ jobsAcquired }) => jobsAcquired),
});

const isBad = ({ jobsLost, runnersLeft, processesLeft, hung, endedUnasked }: Verdict): boolean =>
  hung || endedUnasked || jobsLost + runnersLeft + processesLeft > 0;

/** Says how far the bench is, and what happened in the trials that went wrong. */
const tell = (what: string, verdicts: readonly Verdict[]): void => {
  console.error(`${verdicts.length} drains ${what}: ${secondsSoFar()} s`);
  for (const { story, ...verdict } of verdicts.filter(isBad)) {
    console.error(JSON.stringify(verdict));
    for (const line of story) console.error(`  ${line}`);
  }
};

const runNaive = async (
  algorithm: NaiveAlgorithm,
  trials: number,
  isEnough?: (verdicts: readonly Verdict[]) => boolean,
) => {
  const start = startNaive(algorithm, FACTOR);
  const manner = { factor: FACTOR, hungMs: NAIVE_HUNG_MS, start };
  return summarise(await runTrials(trials, SIDE_BY_SIDE, manner, isEnough));
};

const hasLost = (verdicts: readonly Verdict[]): boolean =>
  verdicts.some(({ jobsLost }) => jobsLost > 0);

const TRIALS = Number(values.trials);

const runOurs = async () => {
  const unscaled = Math.min(UNSCALED, TRIALS);
  // Those at real speed mostly sleep: side by side with the others they take no time of their own.
  const [commands, scaled] = await Promise.all([
    runTrials(unscaled, COMMANDS_SIDE_BY_SIDE, {
      factor: 1,
      hungMs: HUNG_MS,
      start: startCommand(QUIET_S),
    }),
    runTrials(TRIALS - unscaled, SIDE_BY_SIDE, {
      factor: FACTOR,
      hungMs: HUNG_MS,
      start: startInProcess(FACTOR, SCALED_QUIET_S),
    }),
  ]);
  tell('through the command', commands);
  tell('in process', scaled);
  const originals = await runNaive('naive', NAIVE_TRIALS, hasLost);
  const trusting = await runNaive('trust-busy', NAIVE_TRIALS, hasLost);
  return {
    ...summarise([...commands, ...scaled]),
    unscaled: commands.length,
    naive: {
      trials: originals.trials + trusting.trials,
      jobsLost: originals.jobsLost + trusting.jobsLost,
      originalLoop: originals.jobsLost,
      trustBusy: trusting.jobsLost,
    },
  };
};

const ours = async (): Promise<boolean> => {
  const result = await runOurs();
  const { jobsLost, runnersLeft, processesLeft, hung, endedUnasked, naive } = result;
  const quietS = { unscaled: QUIET_S, scaled: SCALED_QUIET_S };
  const extra = { factor: FACTOR, quietS, seed: SEED, seconds: secondsSoFar() };
  if (values.json) console.log(JSON.stringify({ ...result, ...extra }));
  else {
    console.log(
      `${result.trials} drains (${result.unscaled} through the command, the others ${FACTOR} times as fast; seed ${SEED}):`,
    );
    console.log(
      `  ${jobsLost} of ${result.jobsAcquired} jobs lost, ${runnersLeft} runners and ${processesLeft} processes left, ${hung} hung`,
    );
    console.log(
      `  naive: ${naive.originalLoop} lost by the loop of removals, ${naive.trustBusy} by trust in the busy flag, in ${naive.trials} drains`,
    );
  }
  const sees = naive.originalLoop > 0 && naive.trustBusy > 0;
  if (!sees) console.error('the naive algorithms lost no job: these trials prove nothing');
  if (endedUnasked > 0) {
    console.error(`${endedUnasked} runners ended before their signal: nothing was drained there`);
  }
  return sees && endedUnasked === 0 && jobsLost + runnersLeft + processesLeft + hung === 0;
};

const naiveAlone = async (algorithm: NaiveAlgorithm): Promise<boolean> => {
  const result = await runNaive(algorithm, TRIALS);
  const extra = { algorithm, factor: FACTOR, seed: SEED, seconds: secondsSoFar() };
  console.log(JSON.stringify({ ...result, ...extra }));
  return result.jobsLost > 0;
};

const run = async (): Promise<boolean> => {
  const { algorithm } = values;
  if (algorithm === 'ours') return ours();
  if (algorithm === 'naive' || algorithm === 'trust-busy') return naiveAlone(algorithm);
  console.error(`--algorithm takes ours, naive or trust-busy; got '${algorithm}'`);
  return false;
};

if (![TRIALS, UNSCALED, SEED].every(Number.isInteger) || TRIALS < 1) {
  console.error('--trials takes a number from 1 on, --unscaled and --seed take whole numbers');
  process.exitCode = 64;
} else if (!(await run())) process.exitCode = 1;
