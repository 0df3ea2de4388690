// What a fleet of persistent runners asks of GitHub's API: calls in an hour of steady state, and how a thousand starts at
// once converge. The plugin's own client, tokens, deregistration and sweep run on simulated time against a model of
// GitHub's limits for one token (bench/fleet/limits.ts). Not modelled: config.sh's own calls, which have another limit.
import { parseArgs } from 'node:util';
import { createFleetRunner, type FleetRunner, type World } from './fleet/fleet-runner.ts';
import { LIMITS } from './fleet/limits.ts';
import { measureMetrics, MOST_LIST_CALLS } from './fleet/metrics.ts';
import { ModelGitHub } from './fleet/model-github.ts';
import { seededRandom } from './fleet/random.ts';
import { createSimulatedTime, type SimulatedTime } from './fleet/simulated-time.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    runners: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
  },
});
const wholeNumber = (option: 'runners' | 'seed'): number => {
  const text = values[option];
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new RangeError(`--${option}: got "${text}"; takes a number from 1 to 99999`);
};
const RUNNERS = wholeNumber('runners');
const SEED = wholeNumber('seed');

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LIFETIME = 24 * HOUR;

/** The fleet has been renewed once, and the sweeps have found their rhythm. */
const WARM_UP = 36 * HOUR;

/** Machines that are taken away without a word, which leave work for the sweep. */
const VANISHING_SHARE = 0.02;

const TARGETS = { steadyCallsPerHour: 500, registeredWithinMin: 15, refusedCallsPerRunnerMax: 3 };

const createWorld = (): { world: World; time: SimulatedTime } => {
  const time = createSimulatedTime(Date.parse('2026-01-01T00:00:00Z'));
  const random = seededRandom(SEED);
  const github = new ModelGitHub(time.clock, random);
  return { world: { github, clock: time.clock, random }, time };
};

/** One place of the fleet: a container after the other. A job costs no call; long pauses between jobs do. */
const fillPlace = async (world: World): Promise<never> => {
  const { clock, random } = world;
  await clock.sleep(random() * LIFETIME);
  for (;;) {
    const runner = createFleetRunner(world);
    await runner.lookForUpdates();
    await runner.start();
    runner.sweep();
    runner.watch();
    // Lives differ a little, as those of real machines.
    await clock.sleep(LIFETIME * (0.9 + random() * 0.2));
    if (random() < VANISHING_SHARE) runner.vanish();
    else await runner.stop();
  }
};

const measureSteadyState = async () => {
  const { world, time } = createWorld();
  for (let place = 0; place < RUNNERS; place += 1) void fillPlace(world);
  const start = time.clock.now();
  await time.passUntil(start + WARM_UP);
  const before = { calls: world.github.countCalls(), kinds: new Map(world.github.calls) };
  await time.passUntil(start + WARM_UP + HOUR);
  const kinds = [...world.github.calls]
    .map(([kind, calls]): [string, number] => [kind, calls - (before.kinds.get(kind) ?? 0)])
    .filter(([, calls]) => calls > 0);
  return {
    callsPerHour: world.github.countCalls() - before.calls,
    kinds: Object.fromEntries(kinds),
    listedRunners: world.github.runnerCount,
  };
};

const measureStorm = async () => {
  const { world, time } = createWorld();
  const start = time.clock.now();
  const runners: FleetRunner[] = [];
  let registered = 0;
  let lastAt = start;
  const startOne = async (runner: FleetRunner): Promise<void> => {
    await runner.start();
    registered += 1;
    lastAt = time.clock.now();
  };
  for (let count = 0; count < RUNNERS; count += 1) {
    const runner = createFleetRunner(world);
    runners.push(runner);
    void startOne(runner);
  }
  await time.passUntil(start + 4 * HOUR);
  const refused = runners.map((runner) => runner.refusedCalls);
  return {
    registered,
    registeredWithinMin: Math.ceil((lastAt - start) / MINUTE),
    refusedCallsPerRunnerMax: Math.max(...refused),
    refusedCalls: refused.reduce((sum, calls) => sum + calls, 0),
  };
};

const begun = performance.now();
const steady = await measureSteadyState();
const storm = await measureStorm();
const metrics = await measureMetrics(SEED);
const result = {
  steadyCallsPerHour: steady.callsPerHour,
  storm: {
    registeredWithinMin: storm.registeredWithinMin,
    refusedCallsPerRunnerMax: storm.refusedCallsPerRunnerMax,
  },
  metrics,
  details: {
    runners: RUNNERS,
    seed: SEED,
    targets: TARGETS,
    limits: LIMITS,
    steady,
    storm,
    seconds: Math.round((performance.now() - begun) / 100) / 10,
  },
};
const passed =
  steady.callsPerHour <= TARGETS.steadyCallsPerHour &&
  storm.registered === RUNNERS &&
  storm.registeredWithinMin <= TARGETS.registeredWithinMin &&
  storm.refusedCallsPerRunnerMax <= TARGETS.refusedCallsPerRunnerMax &&
  metrics.every(
    ({ listCallsPerHour, listCallsInLaterHour }) =>
      Math.max(listCallsPerHour, listCallsInLaterHour) <= MOST_LIST_CALLS,
  );

if (values.json) console.log(JSON.stringify(result));
else {
  console.log(`${RUNNERS} persistent runners, simulated in ${result.details.seconds} s:`);
  console.log(
    `  calls in an hour of steady state: ${steady.callsPerHour} (at most ${TARGETS.steadyCallsPerHour})`,
  );
  for (const [kind, calls] of Object.entries(steady.kinds)) console.log(`    ${kind}: ${calls}`);
  console.log(
    `  starts at once: ${storm.registered} of ${RUNNERS} within ${storm.registeredWithinMin} min ` +
      `(at most ${TARGETS.registeredWithinMin}), ${storm.refusedCallsPerRunnerMax} refused calls at most each ` +
      `(at most ${TARGETS.refusedCallsPerRunnerMax}), ${storm.refusedCalls} in all`,
  );
  console.log('metrics, in the hour after all containers started at once:');
  for (const one of metrics) {
    console.log(
      `  ${one.containers} containers: ${one.listCallsPerHour} list calls, ${one.listCallsInLaterHour} in the worst of six later ` +
        `hours (at most ${MOST_LIST_CALLS}), ${one.putCallsPerHour} PutMetricData`,
    );
  }
}
process.exitCode = passed ? 0 : 1;
