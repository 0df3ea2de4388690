// What the image weighs, and how fast its container starts and stops. The image is built with the stand-in actions-runner;
// the real one adds its own size, and its Listener's memory in place of the stand-in's. A start lasts from `docker run` to
// the start of `bin/Runner.Listener run`, without prewarm, forwards and entrypoints, with a GitHub that takes 0.25 s for
// every answer to the supervisor (config.sh's own requests are the actions-runner's business); a stop from `docker stop` of an idle runner to the container's end, with the default pauses of a drain.
import { randomBytes } from 'node:crypto';
import { startGitHub, type EmbeddedGitHub } from '../packages/sandbox/src/index.ts';
import { docker } from '../e2e/docker.ts';
import { buildImage, pinnedRunnerVersion } from '../e2e/image/build-image.ts';
import { removeAll } from '../e2e/run/remove-all.ts';
import { runScript } from '../scripts/run-script.ts';
import { readOptions } from './boot/read-options.ts';
import { idleBytes } from './image/idle-bytes.ts';
import { groupLayers, type LayerGroups } from './image/group-layers.ts';
import { listenerStart, uptimeMs } from './image/listener-start.ts';

/** What a wrong command line exits with (sysexits.h). */
const USAGE = 64;

const GITHUB_MS = 250;

/** The REST API of self-hosted runners, which config.sh does not use. */
const SUPERVISORS = /^\/api\/v3\/repos\//;

interface Site {
  readonly id: string;
  readonly image: string;
  readonly github: EmbeddedGitHub;
  readonly signal: AbortSignal;
}

interface Trial {
  readonly startMs: number;
  readonly idleMB: number;
  readonly stopMs: number;
}

const tryOnce = async ({ id, image, github, signal }: Site): Promise<Trial> => {
  const settings = {
    GH_HOST: github.url,
    GH_TOKEN: github.token,
    GH_REPOSITORY: 'octo/app',
    GH_LABELS: 'bench',
  };
  const variables = Object.entries(settings).map(([name, value]) => `--env=${name}=${value}`);
  const from = await uptimeMs();
  const options = ['--detach', `--label=${id}`, `--network=${id}`, ...variables];
  const container = await docker(['run', ...options, image], { signal });
  const startMs = (await listenerStart(container, signal)) - from;
  const bytes = await idleBytes(container, signal);
  const stopping = performance.now();
  await docker(['stop', '--time=60', container], { signal });
  const stopMs = performance.now() - stopping;
  await docker(['rm', '--volumes', container]);
  return { startMs, idleMB: bytes / 1e6, stopMs };
};

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

interface Result {
  readonly imageMB: number;
  readonly layers: LayerGroups;
  readonly startMs: number;
  readonly idleMB: number;
  readonly stopMs: number;
}

const measure = async (id: string, runs: number, signal: AbortSignal): Promise<Result> => {
  const image = `${id}:stock`;
  await buildImage({ tag: image, signal });
  await docker(['network', 'create', `--label=${id}`, id]);
  const gateway = '{{(index .IPAM.Config 0).Gateway}}';
  const host = await docker(['network', 'inspect', '--format', gateway, id]);
  const github = await startGitHub({
    host,
    behaviour: { latestVersion: await pinnedRunnerVersion() },
  });
  github.faults.add({ match: { path: SUPERVISORS }, answerDelayMs: GITHUB_MS });
  try {
    const trials: Trial[] = [];
    for (let run = 0; run < runs; run += 1) {
      trials.push(await tryOnce({ id, image, github, signal }));
    }
    const bytes = Number(await docker(['image', 'inspect', '--format', '{{.Size}}', image]));
    return {
      imageMB: Math.round(bytes / 1e6),
      layers: await groupLayers(image),
      startMs: Math.round(median(trials.map((trial) => trial.startMs))),
      idleMB: Math.round(median(trials.map((trial) => trial.idleMB))),
      stopMs: Math.round(median(trials.map((trial) => trial.stopMs))),
    };
  } finally {
    await github.close();
  }
};

const print = ({ imageMB, layers, startMs, idleMB, stopMs }: Result): void => {
  console.log(`image: ${imageMB} MB`);
  for (const [name, megabytes] of Object.entries(layers)) console.log(`  ${name}: ${megabytes} MB`);
  console.log(`docker run to the start of the Listener: ${startMs} ms`);
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
