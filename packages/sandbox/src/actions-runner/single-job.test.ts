import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { runProgram } from './testing/processes.ts';
import {
  busyRunner,
  callApi,
  gitHub,
  installedRunner,
  listeningRunner,
  registeredRunner,
} from './testing/runners.ts';

vi.setConfig({ testTimeout: 60_000 });

test.concurrent('an ephemeral runner takes one job, removes its files and ends with 0', async () => {
  const server = await gitHub();
  const { root, listener } = await listeningRunner(server, ['--ephemeral']);
  const job = server.queueJob({ name: 'only', labels: [], steps: [{ run: 'true' }] });
  expect((await job.completed).result).toBe('Succeeded');
  expect(await listener.exited).toEqual({ code: 0, signal: null });
  expect(listener.stdout()).toMatch(
    /Job only completed with result: Succeeded\n√ Removed \.credentials\n√ Removed \.runner\n$/,
  );
  expect(existsSync(join(root, '.runner'))).toBe(false);
});

test.concurrent('an ephemeral runner that is stopped in its job keeps its files', async () => {
  const server = await gitHub();
  const { root, listener, completed } = await busyRunner(server, 'exec sleep 300', {
    args: ['--ephemeral'],
  });
  listener.kill('SIGINT');
  expect((await listener.exited).code).toBe(0);
  expect((await completed).result).toBe('Failed');
  expect(existsSync(join(root, '.runner'))).toBe(true);
});

test.concurrent('a JIT configuration makes a runner of one job; bad base64 ends with 1', async () => {
  const server = await gitHub();
  const root = await installedRunner();
  const answer = await callApi(server, 'POST', 'actions/runners/generate-jitconfig', {
    name: 'jit',
    runner_group_id: 1,
    labels: ['x'],
  });
  const { encoded_jit_config: config } = (await answer.json()) as { encoded_jit_config: string };
  const job = server.queueJob({ name: 'job', labels: ['x'], steps: [{ run: 'true' }] });
  const listener = join(root, 'bin/Runner.Listener');
  const outcome = await runProgram(listener, ['run', '--jitconfig', config]);
  expect(outcome.code).toBe(0);
  expect(await job.completed).toMatchObject({ result: 'Succeeded', runnerName: 'jit' });
  expect(existsSync(join(root, '.runner'))).toBe(false);
  expect((await runProgram(listener, ['run', '--jitconfig', '####'])).code).toBe(1);
});

test.concurrent('--once warns, takes one job and keeps the files', async () => {
  const server = await gitHub();
  const root = await registeredRunner(server);
  const job = server.queueJob({ name: 'job', labels: [], steps: [{ run: 'true' }] });
  const { code, stdout } = await runProgram(join(root, 'bin/Runner.Listener'), ['run', '--once']);
  expect(code).toBe(0);
  expect((await job.completed).result).toBe('Succeeded');
  expect(stdout).toContain("Warning: '--once' is going to be deprecated");
  expect(existsSync(join(root, '.runner'))).toBe(true);
});
