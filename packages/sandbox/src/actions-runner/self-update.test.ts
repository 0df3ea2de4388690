import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { writeRunnerKnobs } from './install-actions-runner.ts';
import { eventually, runProgram, startProgram } from './testing/processes.ts';
import {
  gitHub,
  listeningRunner,
  registeredRunner,
  startListener,
  temporaryDirectory,
  waitForFile,
} from './testing/runners.ts';

vi.setConfig({ testTimeout: 60_000 });

const newer = { latestVersion: '2.400.0', refreshesRunners: true };

const lines = (version: string): string =>
  [
    'Runner update in progress, do not shutdown runner.',
    `Downloading ${version} runner`,
    'Waiting for current job finish running.',
    'Generate and execute update script.',
    'Runner will exit shortly for update, should be back online within 10 seconds.',
    'Runner update process finished.\n',
  ].join('\n');

test.concurrent.for<[string[], number]>([
  [[], 3],
  [['--ephemeral'], 4],
])('an update that GitHub asks for, registered with %j, ends with %d', async ([args, code]) => {
  const server = await gitHub({ behaviour: newer });
  const { root, listener } = await listeningRunner(server, args, { cwd: temporaryDirectory() });
  expect(await listener.exited).toEqual({ code, signal: null });
  expect(listener.stderr()).toBe('');
  expect(listener.stdout()).toContain(`Listening for Jobs\n${lines('2.400.0')}`);
  await eventually(() => lstatSync(join(root, 'externals')).isSymbolicLink());
  expect(realpathSync(join(root, 'bin'))).toBe(join(realpathSync(root), 'bin.2.400.0'));
  expect(readdirSync(join(root, '_work/_update'))).toEqual([
    `actions-runner-linux-${process.arch}-2.400.0.tar.gz`,
  ]);
  const version = await runProgram(join(root, 'bin/Runner.Listener'), ['--version']);
  expect(version.stdout).toBe('2.400.0\n');
  const next = startListener(root);
  await next.prints("Current runner version: '2.400.0'");
  const job = server.queueJob({ name: 'job', labels: [], steps: [{ run: 'true' }] });
  expect((await job.completed).result).toBe('Succeeded');
});

test.concurrent('run.sh comes back with the new version', async () => {
  const server = await gitHub({ behaviour: newer });
  const root = await registeredRunner(server);
  const script = startProgram(join(root, 'run.sh'), [], { cwd: root });
  await script.prints("Current runner version: '2.400.0'");
  expect(script.stdout()).toContain(
    'because of updating, re-launch runner after successful update',
  );
});

test.concurrent('who kills the Listener’s group at its end kills the update', async () => {
  const server = await gitHub({ behaviour: newer });
  const root = await registeredRunner(server);
  // The last second before its end.
  await writeRunnerKnobs(root, { timeScale: 30 });
  const listener = startListener(root);
  await listener.prints('Runner will exit shortly for update');
  listener.killGroup('SIGKILL');
  await listener.exited;
  expect(lstatSync(join(root, 'bin')).isSymbolicLink()).toBe(false);
  const version = await runProgram(join(root, 'bin/Runner.Listener'), ['--version']);
  expect(version.stdout).toBe('2.336.0\n');
});

test.concurrent('an update waits for the job that runs', async () => {
  const server = await gitHub({ pollMs: 200 });
  const { root, listener } = await listeningRunner(server);
  const run = ': >started; while [ ! -e go ]; do sleep 0.1; done';
  const job = server.queueJob({ name: 'job', labels: [], steps: [{ run }] });
  const workspace = join(root, '_work/app/app');
  await waitForFile(join(workspace, 'started'));
  Object.assign(server.behaviour, newer);
  await listener.prints('Waiting for current job finish running.\n');
  expect(listener.stdout()).not.toContain('Generate and execute');
  await runProgram('touch', [join(workspace, 'go')]);
  expect((await job.completed).result).toBe('Succeeded');
  expect((await listener.exited).code).toBe(3);
});

test.concurrent.for([
  ['update-fails', /^Runner update failed: No space left on device/],
  ['a tampered archive', /^Runner update failed: Computed runner hash /],
] as const)('%s: the old version goes on', async ([fault, stderr]) => {
  const server = await gitHub({ behaviour: newer });
  const root = await registeredRunner(server);
  if (fault === 'update-fails') await writeRunnerKnobs(root, { faults: [fault] });
  server.faults.add({
    match: { path: /\/releases\/download\// },
    answer: { status: 200, body: '' },
  });
  const listener = startListener(root);
  await listener.printsError('Runner update failed: ');
  expect(listener.stderr()).toMatch(stderr);
  const job = server.queueJob({ name: 'job', labels: [], steps: [{ run: 'true' }] });
  expect((await job.completed).result).toBe('Succeeded');
});

test.concurrent('a runner that has disabled updates hears of none', async () => {
  const server = await gitHub({ behaviour: newer });
  const { listener } = await listeningRunner(server, ['--disableupdate']);
  const job = server.queueJob({ name: 'job', labels: [], steps: [{ run: 'true' }] });
  expect((await job.completed).result).toBe('Succeeded');
  expect(listener.stdout()).not.toContain('update');
});
