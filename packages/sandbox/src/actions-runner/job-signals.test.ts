import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { descendants, eventually, isAlive, type Program } from './testing/processes.ts';
import { busyRunner, gitHub, waitForFile, waitForLine } from './testing/runners.ts';

vi.setConfig({ testTimeout: 90_000 });

const SHUTDOWN = '##[error]The runner has received a shutdown signal. ';

const ALWAYS = { name: 'always', run: 'touch always', if: 'always()' } as const;

function workerOf(listener: Program): number {
  const worker = descendants(listener.pid).find(({ parent }) => parent === listener.pid);
  if (worker === undefined) throw new Error('There is no Worker.');
  return worker.pid;
}

test.concurrent.for([
  ['SIGINT', 0, true],
  ['SIGQUIT', 0, true],
  ['SIGTERM', 143, false],
] as const)('%s at a busy Listener cancels the job', async ([signal, code, announced]) => {
  const server = await gitHub();
  const { listener, completed, workspace } = await busyRunner(server, 'exec sleep 300', {
    more: [ALWAYS],
  });
  listener.kill(signal);
  const report = await completed;
  expect(await listener.exited).toEqual({ code, signal: null });
  expect(listener.stdout().includes('Exiting...')).toBe(announced);
  expect(listener.stdout()).toMatch(/: Job job completed with result: Canceled\n$/);
  expect(report.result).toBe('Failed');
  expect(report.log.some((line) => line.startsWith(SHUTDOWN))).toBe(true);
  expect(report.steps).toMatchObject([
    { name: 'Set up job' },
    { name: 'first', conclusion: 'canceled', exitCode: 130 },
    { name: 'always', conclusion: 'skipped' },
    { name: 'Complete job' },
  ]);
  expect(existsSync(join(workspace, 'always'))).toBe(false);
});

test.concurrent('a step that ignores SIGINT and SIGTERM is killed, but not its children', async () => {
  const server = await gitHub();
  const { listener, completed, workspace } = await busyRunner(
    server,
    // A child that clears the tracking variable survives the job's orphan clean-up.
    `RUNNER_TRACKING_ID= sleep 300 >/dev/null 2>&1 & echo $! >child
     trap 'date +%s%3N >interrupted' INT; trap 'date +%s%3N >terminated' TERM
     echo ready >ready; while true; do sleep 0.1; done`,
  );
  const child = Number(await waitForLine(join(workspace, 'child')));
  await waitForFile(join(workspace, 'ready'));
  listener.kill('SIGINT');
  const { steps } = await completed;
  expect(steps[1]).toMatchObject({ conclusion: 'canceled', exitCode: 137 });
  const interrupted = Number(await waitForLine(join(workspace, 'interrupted')));
  const terminated = Number(await waitForLine(join(workspace, 'terminated')));
  expect(terminated - interrupted).toBeGreaterThan(7_000);
  expect((await listener.exited).code).toBe(0);
  expect(isAlive(child)).toBe(true);
  process.kill(child, 'SIGKILL');
});

test.concurrent.for(['SIGKILL', 'SIGHUP'] as const)(
  'a Listener that dies of %s leaves the Worker to its job',
  async (signal) => {
    const server = await gitHub();
    const { listener, completed, workspace } = await busyRunner(
      server,
      'while [ ! -e go ]; do sleep 0.1; done; echo end',
    );
    const worker = workerOf(listener);
    listener.kill(signal);
    expect(await listener.exited).toEqual({ code: null, signal });
    expect(isAlive(worker)).toBe(true);
    writeFileSync(join(workspace, 'go'), '');
    expect(await completed).toMatchObject({ result: 'Succeeded', log: ['end'] });
    await eventually(() => !isAlive(worker));
    expect(listener.stdout()).not.toContain('completed with result');
  },
);

test.concurrent('the Worker swallows SIGINT and SIGQUIT', async () => {
  const server = await gitHub();
  const { listener, completed, workspace } = await busyRunner(
    server,
    'while [ ! -e go ]; do sleep 0.1; done',
  );
  const worker = workerOf(listener);
  process.kill(worker, 'SIGINT');
  process.kill(worker, 'SIGQUIT');
  writeFileSync(join(workspace, 'go'), '');
  expect((await completed).result).toBe('Succeeded');
  await listener.prints('completed with result: Succeeded');
});

test.concurrent('SIGTERM at the Worker cancels its job', async () => {
  const server = await gitHub();
  const { listener, completed } = await busyRunner(server, 'exec sleep 300');
  process.kill(workerOf(listener), 'SIGTERM');
  const report = await completed;
  expect(report.result).toBe('Failed');
  expect(report.log.some((line) => line.startsWith(SHUTDOWN))).toBe(true);
  await listener.prints('Job job completed with result: Canceled');
  listener.kill('SIGINT');
  expect((await listener.exited).code).toBe(0);
});

test.concurrent.for(['SIGHUP', 'SIGKILL'] as const)(
  'the job of a Worker that dies of %s is reported by the Listener',
  async (signal) => {
    const server = await gitHub();
    const { listener, completed } = await busyRunner(server, 'exec sleep 300');
    process.kill(workerOf(listener), signal);
    expect(await completed).toMatchObject({ result: 'Failed', steps: [] });
    await listener.prints('Job job completed with result: Failed');
  },
);

test.concurrent('SIGINT at the group reaches the step before the runner’s own message', async () => {
  const server = await gitHub();
  const { listener, completed } = await busyRunner(server, 'exec sleep 300');
  listener.killGroup('SIGINT');
  const report = await completed;
  expect(report.result).toBe('Failed');
  expect(report.steps[1]).toMatchObject({ exitCode: 130 });
  expect((await listener.exited).code).toBe(0);
});

test.concurrent('SIGTERM waits for the Worker 30 s at most', async () => {
  const server = await gitHub();
  const { listener } = await busyRunner(server, 'exec sleep 300');
  const worker = workerOf(listener);
  process.kill(worker, 'SIGSTOP');
  const start = performance.now();
  listener.kill('SIGTERM');
  expect((await listener.exited).code).toBe(143);
  expect(performance.now() - start).toBeGreaterThan(29_000);
  expect(isAlive(worker)).toBe(true);
});
