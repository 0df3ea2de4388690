import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { EmbeddedGitHub, QueuedJob } from '../github/embedded-github.ts';
import { writeRunnerKnobs } from './install-actions-runner.ts';
import type { RunnerFault, RunnerKnobs } from './program/store/knobs.ts';
import { descendants, eventually, isAlive, type Program } from './testing/processes.ts';
import { gitHub, registeredRunner, startListener } from './testing/runners.ts';

vi.setConfig({ testTimeout: 60_000 });

interface Faulty {
  readonly root: string;
  readonly server: EmbeddedGitHub;
  readonly listener: Program;
}

/** A Listener with knobs that waits for jobs. */
async function listening(knobs: RunnerKnobs, server?: EmbeddedGitHub): Promise<Faulty> {
  const github = server ?? (await gitHub());
  const root = await registeredRunner(github);
  await writeRunnerKnobs(root, knobs);
  const listener = startListener(root);
  await listener.prints('Listening for Jobs');
  return { root, server: github, listener };
}

const queue = (server: EmbeddedGitHub): QueuedJob =>
  server.queueJob({ name: 'job', labels: [], steps: [{ run: 'true' }] });

const workerOf = (listener: Program): number | undefined =>
  descendants(listener.pid).find(({ name }) => name === 'Runner.Worker')?.pid;

const calls = (server: EmbeddedGitHub, path: string): number =>
  server.requests.filter((request) => request.path === path).length;

test.concurrent('scaled time makes a session conflict end with 5 in seconds', async () => {
  const { root, server, listener } = await listening({ timeScale: 0.01 });
  await eventually(() => server.runners()[0]?.status === 'online');
  listener.kill('SIGKILL');
  await listener.exited;
  const second = startListener(root);
  expect(await second.exited).toEqual({ code: 5, signal: null });
  expect(second.stderr()).toContain('after retried for 240 seconds.\n');
  expect(calls(server, '/_broker/session')).toBe(1 + 8);
});

test.concurrent.for([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
  'a time scale of %d is refused',
  async (timeScale) => {
    await expect(writeRunnerKnobs('/nowhere', { timeScale })).rejects.toThrow(
      'timeScale must be a positive number',
    );
  },
);

test.concurrent('hang-after-acknowledge: the job is never acquired, and a stop ends nothing', async () => {
  const { server, listener } = await listening({ faults: ['hang-after-acknowledge'] });
  queue(server);
  await eventually(() => calls(server, '/_broker/acknowledge') === 1);
  listener.kill('SIGINT');
  await listener.prints('Exiting...');
  await eventually(() => server.runners()[0]?.busy === false);
  expect(calls(server, '/_run/acquirejob')).toBe(0);
  expect(isAlive(listener.pid)).toBe(true);
});

test.concurrent('freeze: an idle Listener is silent for ever, and only SIGKILL ends it', async () => {
  const server = await gitHub({ pollMs: 100, sessionMs: 300 });
  const { listener } = await listening({ faults: ['freeze'] }, server);
  await eventually(() => server.runners()[0]?.status === 'online');
  await eventually(() => server.runners()[0]?.status === 'offline');
  expect(calls(server, '/_broker/message')).toBe(1);
  listener.kill('SIGINT');
  const job = queue(server);
  expect(await Promise.race([listener.exited, sleep(1_000, 'alive')])).toBe('alive');
  expect(listener.stdout()).not.toContain('Exiting...');
  job.cancel();
  listener.kill('SIGKILL');
  expect(await listener.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

test.concurrent('stop-polling: the session dies, the process lives until it is stopped', async () => {
  const server = await gitHub({ pollMs: 100, sessionMs: 300 });
  const { listener } = await listening({ faults: ['stop-polling'] }, server);
  await eventually(() => server.runners()[0]?.status === 'online');
  await eventually(() => server.runners()[0]?.status === 'offline');
  expect(calls(server, '/_broker/message')).toBe(1);
  expect(isAlive(listener.pid)).toBe(true);
  listener.kill('SIGINT');
  expect((await listener.exited).code).toBe(0);
});

test.concurrent.for<[RunnerFault, boolean]>([
  ['worker-never-reads', true],
  ['hang-before-report', true],
  ['hang-after-report', false],
])('%s: the Worker stays, and so does a Listener that is told to stop', async ([fault, busy]) => {
  const { server, listener } = await listening({ faults: [fault] });
  const job = queue(server);
  await (busy ? job.acquired : job.completed);
  await eventually(() => workerOf(listener) !== undefined);
  listener.kill('SIGINT');
  await listener.prints('Exiting...');
  // Its name is another one for a moment, when the launcher becomes the program.
  await eventually(() => workerOf(listener) !== undefined);
  expect(server.runners()).toMatchObject([{ busy }]);
  expect(listener.stdout()).not.toContain('completed with result');
});

test.concurrent('stop-renewing: GitHub gives the job up while the Worker goes on', async () => {
  const server = await gitHub({ jobLockMs: 5_000 });
  const { root, listener } = await listening(
    { timeScale: 0.01, faults: ['stop-renewing'] },
    server,
  );
  const steps = [{ run: 'while [ ! -e go ]; do sleep 0.1; done' }];
  const job = server.queueJob({ name: 'job', labels: [], steps });
  expect((await job.completed).result).toBe('Abandoned');
  expect(calls(server, '/_run/renewjob')).toBe(1);
  await eventually(() => workerOf(listener) !== undefined);
  expect(listener.stdout()).not.toContain('completed with result');
  writeFileSync(join(root, '_work/app/app/go'), '');
  await listener.prints('Job job completed with result: Succeeded\n');
});

test.concurrent('message-timeout: a job is announced, never completed, and the next one is taken', async () => {
  const server = await gitHub({ jobLockMs: 5_000 });
  const knobs: RunnerKnobs = { timeScale: 0.02, faults: ['message-timeout'] };
  const { root, listener } = await listening(knobs, server);
  const lost = queue(server);
  await listener.prints('Running job: job');
  await eventually(() => workerOf(listener) !== undefined);
  expect((await lost.completed).result).toBe('Abandoned');
  await eventually(() => workerOf(listener) === undefined);
  expect(listener.stdout()).not.toContain('completed with result');
  await writeRunnerKnobs(root, {});
  queue(server);
  await eventually(() => listener.stdout().match(/Running job: job/g)?.length === 2);
});

test.concurrent('a first renewal that is refused: the same without any Worker', async () => {
  const server = await gitHub();
  server.faults.add({ match: { path: '/_run/renewjob' }, times: 1, answer: { status: 404 } });
  const { listener } = await listening({}, server);
  queue(server);
  await listener.prints('Running job: job');
  await eventually(() => calls(server, '/_run/renewjob') === 1);
  await eventually(() => calls(server, '/_broker/message') > 1);
  expect(workerOf(listener)).toBeUndefined();
  listener.kill('SIGINT');
  expect((await listener.exited).code).toBe(0);
  expect(listener.stdout()).not.toContain('completed with result');
});

test.concurrent('a stop between acquisition and Worker: announced, never completed, and told to GitHub', async () => {
  const server = await gitHub();
  server.faults.add({ match: { path: '/_run/renewjob' }, delayMs: 60_000 });
  const { listener } = await listening({}, server);
  const job = queue(server);
  await listener.prints('Running job: job');
  listener.kill('SIGINT');
  expect((await listener.exited).code).toBe(0);
  expect(listener.stdout()).not.toContain('completed with result');
  expect((await job.completed).result).toBe('Canceled');
});

test.concurrent('a session that cannot be deleted ends with 2', async () => {
  const server = await gitHub();
  const { root, listener } = await listening({}, server);
  server.faults.add({ match: { method: 'DELETE' }, answer: { status: 500 } });
  listener.kill('SIGINT');
  expect((await listener.exited).code).toBe(2);
  expect(listener.stderr()).toMatch(/^An error occurred: Failed to delete broker session: /);
  expect(existsSync(join(root, '.runner'))).toBe(true);
});
