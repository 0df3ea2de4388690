// What the image weighs, and how fast its container starts and stops. The image is built with the stand-in actions-runner;
// the real one adds its own size, and its Listener's memory in place of the stand-in's. A start lasts from `docker run` to
// the start of `bin/Runner.Listener run`, without prewarm, forwards and entrypoints, with a GitHub that takes 0.25 s for
// every answer to the supervisor (config.sh's own requests are the actions-runner's business). Beside it, in the same container
// and round, the least that an image written in bash can do to the same end, and what the engine itself takes to a program's
// start. A stop lasts from `docker stop` of an idle runner to the container's end, with the default pauses of a drain.
import { randomBytes } from 'node:crypto';
import { startGitHub, type EmbeddedGitHub } from '../packages/sandbox/src/index.ts';
import { docker } from '../e2e/docker.ts';
import { buildImage, pinnedRunnerVersion } from '../e2e/image/build-image.ts';
import { removeAll } from '../e2e/run/remove-all.ts';
import { runScript } from '../scripts/run-script.ts';
import { readOptions } from './boot/read-options.ts';
import { BASH_BOOT } from './image/bash-boot.ts';
import { compileStandIn } from './image/compile-stand-in.ts';
import { idleBytes } from './image/idle-bytes.ts';
import { groupLayers, type LayerGroups } from './image/group-layers.ts';
import { listenerStart, PRINT_START, printedStart, uptimeMs } from './image/listener-start.ts';

/** What a wrong command line exits with (sysexits.h). */
const USAGE = 64;

const GITHUB_MS = 250;

/** What the supervisor asks before the Listener starts. */
const SUPERVISORS = /\/registration-token$/;

interface Site {
  readonly id: string;
  readonly image: string;
  readonly github: EmbeddedGitHub;
  readonly signal: AbortSignal;
}

interface Trial {
  readonly startMs: number;
  readonly bashStartMs: number;
  readonly engineMs: number;
  readonly idleMB: number;
  readonly stopMs: number;
}

/** Runs a container with the settings of a runner; resolves to its id. */
const run = async (
  { id, image, github, signal }: Site,
  words: readonly string[] = [],
): Promise<string> => {
  const settings = {
    GH_HOST: github.url,
    GH_TOKEN: github.token,
    GH_REPOSITORY: 'octo/app',
    GH_LABELS: 'bench',
  };
  const variables = Object.entries(settings).map(([name, value]) => `--env=${name}=${value}`);
  const options = ['--detach', `--label=${id}`, `--network=${id}`, ...variables];
  return docker(['run', ...options, image, ...words], { signal });
};

const remove = async (container: string): Promise<void> => {
  await docker(['rm', '--force', '--volumes', container]);
};

/** From `docker run` to the start of a container's process, in milliseconds. */
const startOnce = async (
  site: Site,
  words: readonly string[],
  startOf: (container: string, signal: AbortSignal) => Promise<number>,
): Promise<number> => {
  const from = await uptimeMs();
  const container = await run(site, words);
  const startMs = (await startOf(container, site.signal)) - from;
  await remove(container);
  return startMs;
};

const tryOnce = async (site: Site): Promise<Trial> => {
  const { signal } = site;
  const engineMs = await startOnce(site, PRINT_START, printedStart);
  const bashStartMs = await startOnce(site, BASH_BOOT, listenerStart);
  const from = await uptimeMs();
  const container = await run(site);
  const startMs = (await listenerStart(container, signal)) - from;
  const bytes = await idleBytes(container, signal);
  const stopping = performance.now();
  await docker(['stop', '--time=60', container], { signal });
  const stopMs = performance.now() - stopping;
  await remove(container);
  return { startMs, bashStartMs, engineMs, idleMB: bytes / 1e6, stopMs };
};

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

interface Result {
  readonly imageMB: number;
  readonly layers: LayerGroups;
  readonly startMs: number;
  /** The same of the least that bash can do. */
  readonly bashStartMs: number;
  /** From `docker run` to the start of any program. */
  readonly engineMs: number;
  /** The median of startMs by bashStartMs within each round. */
  readonly startRatio: number;
  readonly idleMB: number;
  readonly stopMs: number;
}

const measure = async (id: string, runs: number, signal: AbortSignal): Promise<Result> => {
  const stock = `${id}:stock`;
  const image = `${id}:compiled`;
  await buildImage({ tag: stock, signal });
  await compileStandIn(stock, image, signal);
  await docker(['network', 'create', `--label=${id}`, id]);
  const gateway = '{{(index .IPAM.Config 0).Gateway}}';
  const host = await docker(['network', 'inspect', '--format', gateway, id]);
  const github = await startGitHub({
    host,
    behaviour: { latestVersion: await pinnedRunnerVersion() },
  });
  github.faults.add({ match: { path: SUPERVISORS }, answerDelayMs: GITHUB_MS });
  try {
    const site = { id, image, github, signal };
    const trials: Trial[] = [];
    for (let round = 0; round < runs; round += 1) {
      trials.push(await tryOnce(site));
    }
    const bytes = Number(await docker(['image', 'inspect', '--format', '{{.Size}}', stock]));
    return {
      imageMB: Math.round(bytes / 1e6),
      layers: await groupLayers(stock),
      startMs: Math.round(median(trials.map((trial) => trial.startMs))),
      bashStartMs: Math.round(median(trials.map((trial) => trial.bashStartMs))),
      engineMs: Math.round(median(trials.map((trial) => trial.engineMs))),
      startRatio:
        Math.round(median(trials.map(({ startMs, bashStartMs }) => startMs / bashStartMs)) * 100) /
        100,
      idleMB: Math.round(median(trials.map((trial) => trial.idleMB))),
      stopMs: Math.round(median(trials.map((trial) => trial.stopMs))),
    };
  } finally {
    await github.close();
  }
};

const print = (result: Result): void => {
  const { imageMB, layers, startMs, bashStartMs, engineMs, startRatio, idleMB, stopMs } = result;
  console.log(`image: ${imageMB} MB`);
  for (const [name, megabytes] of Object.entries(layers)) console.log(`  ${name}: ${megabytes} MB`);
  console.log(
    `docker run to the start of the Listener: ${startMs} ms; bash alone ${bashStartMs} ms, ratio ${startRatio}`,
  );
  console.log(`  of it the engine: ${engineMs} ms`);
  console.log(`memory of the idle container: ${idleMB} MB`);
  console.log(`stop of the idle runner: ${stopMs} ms`);
};

await runScript(async (signal) => {
  const options = readOptions(process.argv.slice(2), 5);
  if (typeof options === 'string') {
    console.error(`./dev bench image: ${options}`);
    return USAGE;
  }
  const id = `ci-runner-bench-${randomBytes(4).toString('hex')}`;
  try {
    const result = await measure(id, options.runs, signal);
    if (options.json) console.log(JSON.stringify(result));
    else print(result);
    return 0;
  } finally {
    await removeAll(id);
  }
});
