import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, onTestFinished, test } from 'vitest';
import type { EmbeddedGitHub } from '../../../packages/sandbox/src/index.ts';
import { ROOT } from '../../../scripts/run-step.ts';
import { docker } from '../../docker.ts';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { dockerDriver, stockImage } from '../../drivers/docker-driver.ts';
import { makeGate } from '../../drivers/gate.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { streamJobs } from './job-stream.ts';
import { deployStack, type Stack } from './stack.ts';
import { startSwarm } from './swarm.ts';

const FULL = 10;
const FEW = 3;
const OUTAGE_MS = 120_000;

/** For a machine that has other things to do as well; alone it takes some ten seconds. */
const PATIENCE = { timeout: 240_000, interval: 500 };

const LABELS = ['fleet'];

/** On one machine no job is under way for long. */
const OVERRIDES = `
version: '3.8'
services:
  ci-runner:
    environment:
      GH_DRAIN_QUIET_SEC: '2'
`;

/** The same image under another name, with another id. */
const makeNewImage = async (): Promise<string> => {
  const tag = `${inject('run').id}:rolled`;
  await docker(['build', '--quiet', `--tag=${tag}`, '--label=rolled=yes', '-'], {
    input: `FROM ${stockImage()}\n`,
  });
  onTestFinished(async () => {
    await docker(['image', 'rm', '--force', tag]);
  });
  return tag;
};

const deploy = async (github: EmbeddedGitHub): Promise<Stack> => {
  const swarm = await startSwarm();
  await swarm.createSecret('gh-token', github.token);
  await swarm.createSecret('ci-storage-key', 'none');
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-fleet-'));
  onTestFinished(async () => rm(directory, { recursive: true }));
  const overrides = join(directory, 'overrides.yml');
  await writeFile(overrides, OVERRIDES);
  const stack = await deployStack({
    name: inject('run').id,
    files: [join(ROOT, 'docker/swarm.yml'), overrides],
    environment: {
      CI_RUNNER_IMAGE: stockImage(),
      GH_HOST: github.url,
      GH_REPOSITORY: 'octo/app',
      GH_LABELS: LABELS.join(','),
      FORWARD_PORTS: '',
      CI_STORAGE_HOST: '',
      REPLICAS: `${FULL}`,
    },
  });
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') console.log(await stack.logs());
    await stack.remove();
    // A Swarm that is left in the middle of that forgets what it was removing.
    await expect.poll(async () => stack.remains(), PATIENCE).toEqual([]);
  });
  return stack;
};

test.runIf(hasEngine())(
  `a stack that is scaled ${FULL} → ${FEW} → ${FULL} and rolled to a new image loses no job, and an outage restarts nobody`,
  { timeout: 900_000 },
  async () => {
    const github = await startReachableGitHub();
    // Before the stack, whose containers must be gone when it is removed.
    const rolled = await makeNewImage();
    const stack = await deploy(github);
    const images = async (): Promise<string[]> => (await stack.tasks()).map(({ image }) => image);
    /** As many tasks as runners, all of them ready for jobs. */
    const settles = async (count: number, image: string): Promise<void> => {
      const tasks = Array.from({ length: count }, () => image);
      await expect.poll(images, PATIENCE).toEqual(tasks);
      const online = Array.from({ length: count }, () => 'online');
      await expect
        .poll(() => github.runners().map(({ status }) => status), PATIENCE)
        .toEqual(online);
    };
    const jobs = streamJobs(github, { labels: LABELS, everyMs: 400, run: 'sleep 1' });

    await settles(FULL, stockImage());
    const stream = jobs.queue(180);
    await expect.poll(() => jobs.ended, PATIENCE).toBeGreaterThan(10);
    await stack.scale(FEW);
    await settles(FEW, stockImage());
    await stack.scale(FULL);
    await settles(FULL, stockImage());
    await stack.roll(rolled);
    await settles(FULL, rolled);
    await stream;
    await expect.poll(() => jobs.ended, PATIENCE).toBe(180);

    const before = await stack.tasks();
    const gate = await makeGate(dockerDriver().host);
    const long = github.queueJob({
      name: 'longer than the outage',
      labels: LABELS,
      steps: [gate.step],
    });
    await gate.reached;
    github.faults.add({ forMs: OUTAGE_MS, answer: 'reset' });
    await sleep(OUTAGE_MS);
    gate.open();
    await jobs.queue(20);
    const reports = [...(await jobs.reports()), await long.completed];
    const after = await stack.tasks();
    expect(after.map(({ container }) => container)).toEqual(
      before.map(({ container }) => container),
    );
    expect(after.filter(({ status }) => !status.endsWith('(healthy)'))).toEqual([]);
    expect(reports.filter(({ result }) => result !== 'Succeeded')).toEqual([]);
    expect(reports).toHaveLength(201);

    await stack.scale(0);
    await expect.poll(async () => stack.tasks(), PATIENCE).toEqual([]);
    expect(github.runners()).toEqual([]);
  },
);
