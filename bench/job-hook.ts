// What the job hooks add to a job when no tap wants to hold it back: the time from a job's acquisition to its end, with the
// hooks and without, one job at a time in turn, against an embedded GitHub with its stand-in for the actions-runner.
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startInProcess } from './drain/ours.ts';
import type { Subject } from './drain/run-trial.ts';
import { LABEL, makeSite, type Site } from './drain/site.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, jobs: { type: 'string', default: '40' } },
});
const JOBS = Number(values.jobs);

interface Lane {
  readonly site: Site;
  readonly subject: Subject;
  readonly times: number[];
}

/** All programs that a job needs but curl, without which there are no hooks. */
const withoutCurl = async (directory: string): Promise<string> => {
  const folder = join(directory, 'programs');
  await mkdir(folder);
  const programs = ['bash', 'sh', 'setpriv', 'sleep', 'true', 'env'];
  await Promise.all(
    programs.map(async (name) => symlink(join('/usr/bin', name), join(folder, name))),
  );
  return folder;
};

const startLane = async (hasHook: boolean): Promise<Lane> => {
  const site = await makeSite(1);
  site.github.behaviour.deletesBusy = 0;
  const path = hasHook ? {} : { PATH: await withoutCurl(site.directory) };
  const subject = startInProcess(1, 0)({ ...site, environment: { ...site.environment, ...path } });
  while (site.github.runners()[0]?.status !== 'online') await sleep(20);
  return { site, subject, times: [] };
};

const runJob = async ({ site, times }: Lane): Promise<void> => {
  const job = site.github.queueJob({ name: 'bench', labels: [LABEL], steps: [{ run: 'true' }] });
  await job.acquired;
  const from = performance.now();
  const { result } = await job.completed;
  if (result !== 'Succeeded') throw new Error(`a job ended as ${result}`);
  times.push(performance.now() - from);
};

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const round = (value: number): number => Math.round(value * 10) / 10;

const lanes = [await startLane(true), await startLane(false)];
try {
  // The first jobs make folders and fill caches.
  for (let count = 0; count < JOBS + 2; count += 1) for (const lane of lanes) await runJob(lane);
} finally {
  for (const { subject } of lanes) subject.signal('SIGTERM');
  for (const { site, subject } of lanes) {
    await subject.ended;
    await site.close();
  }
}
const [withHook = Number.NaN, without = Number.NaN] = lanes.map(({ times }) =>
  median(times.slice(2)),
);
const result = {
  withHookMs: round(withHook),
  withoutMs: round(without),
  overheadMs: round(withHook - without),
  ratio: Math.round((withHook / without) * 100) / 100,
  jobs: JOBS,
};
if (values.json) console.log(JSON.stringify(result));
else {
  console.log(`a job of one empty step, median of ${JOBS}:`);
  console.log(`  ${result.withHookMs} ms with the hooks, ${result.withoutMs} ms without`);
  console.log(`  the hooks add ${result.overheadMs} ms (${result.ratio} times as long)`);
}
