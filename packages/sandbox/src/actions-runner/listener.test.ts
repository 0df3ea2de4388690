import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { eventually, runProgram, startProgram } from './testing/processes.ts';
import {
  callApi,
  gitHub,
  installedRunner,
  listeningRunner,
  registeredRunner,
  startListener,
} from './testing/runners.ts';

vi.setConfig({ testTimeout: 60_000 });

const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ`;

test.concurrent('an idle Listener prints its lines, and its name is the kernel’s name of it', async () => {
  const server = await gitHub();
  const { root, listener } = await listeningRunner(server);
  await eventually(() => server.runners()[0]?.status === 'online');
  expect(readFileSync(`/proc/${listener.pid}/comm`, 'utf8')).toBe('Runner.Listener\n');
  expect(readFileSync(`/proc/${listener.pid}/cmdline`, 'utf8').split('\0')).toEqual([
    process.execPath,
    join(root, 'bin/Runner.Listener'),
    'run',
    '',
  ]);
  listener.kill('SIGINT');
  expect(await listener.exited).toEqual({ code: 0, signal: null });
  expect(listener.stdout()).toMatch(
    new RegExp(
      `^\n√ Connected to GitHub\n\nCurrent runner version: '2\\.336\\.0'\n${TIME}: Listening for Jobs\nExiting\\.\\.\\.\n$`,
    ),
  );
  expect(listener.stderr()).toBe('');
  const [log] = readdirSync(join(root, '_diag')).filter((name) => name.startsWith('Runner_'));
  expect(log).toMatch(/^Runner_\d{8}-\d{6}-utc\.log$/);
});

test.concurrent.for([
  ['SIGINT', { code: 0, signal: null }, true, 'offline'],
  ['SIGQUIT', { code: 0, signal: null }, true, 'offline'],
  ['SIGTERM', { code: 143, signal: null }, false, 'offline'],
  ['SIGHUP', { code: null, signal: 'SIGHUP' }, false, 'online'],
  ['SIGKILL', { code: null, signal: 'SIGKILL' }, false, 'online'],
] as const)('%s at an idle Listener', async ([signal, exit, announced, status]) => {
  const server = await gitHub();
  const { root, listener } = await listeningRunner(server);
  await eventually(() => server.runners()[0]?.status === 'online');
  listener.kill(signal);
  expect(await listener.exited).toEqual(exit);
  expect(listener.stdout().includes('Exiting...')).toBe(announced);
  // A session that nobody deleted lives on.
  expect(server.runners()).toMatchObject([{ status }]);
  expect(existsSync(join(root, '.runner'))).toBe(true);
});

test.concurrent.for(['SIGINT', 'SIGQUIT', 'SIGHUP'] as const)(
  '%s has no effect on a Listener whose parent ignored it',
  async (signal) => {
    const server = await gitHub();
    const root = await registeredRunner(server);
    // As a shell without job control starts a background job, or nohup any.
    const command = `trap '' INT QUIT HUP; exec ${join(root, 'bin/Runner.Listener')} run`;
    const listener = startProgram('bash', ['-c', command]);
    await listener.prints('Listening for Jobs');
    listener.kill(signal);
    const job = server.queueJob({ name: 'still here', labels: [], steps: [{ run: 'true' }] });
    expect((await job.completed).result).toBe('Succeeded');
    await listener.prints('completed with result: Succeeded');
    expect(listener.stdout()).not.toContain('Exiting...');
    listener.kill('SIGTERM');
    expect((await listener.exited).code).toBe(143);
  },
);

test.concurrent('a directory that is not configured ends with 1', async () => {
  const root = await installedRunner();
  expect(await runProgram(join(root, 'bin/Runner.Listener'), ['run'])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'An error occurred: Not configured. Run config.(sh/cmd) to configure the runner.\n',
  });
});

test.concurrent('without .credentials the end is an unhandled exception: 2', async () => {
  const server = await gitHub();
  const root = await registeredRunner(server);
  rmSync(join(root, '.credentials'));
  const path = join(root, '.credentials');
  const outcome = await runProgram(join(root, 'bin/Runner.Listener'), ['run']);
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toBe(`An error occurred: Could not find file '${path}'.\n`);
});

test.concurrent('without the key it tries to connect until it is stopped', async () => {
  const server = await gitHub();
  const root = await registeredRunner(server);
  rmSync(join(root, '.credentials_rsaparams'));
  const listener = startListener(root);
  await listener.printsError('Retrying until reconnected.\n');
  expect(listener.stderr()).toMatch(new RegExp(`^${TIME}: Runner connect error: Could not find`));
  listener.kill('SIGINT');
  expect((await listener.exited).code).toBe(0);
});

test.concurrent('a Listener whose runner is deleted cleans up and ends with 0', async () => {
  const server = await gitHub();
  const { root, listener } = await listeningRunner(server);
  await eventually(() => server.runners()[0]?.status === 'online');
  const { status } = await callApi(server, 'DELETE', `actions/runners/${server.runners()[0]?.id}`);
  expect(status).toBe(204);
  expect(await listener.exited).toEqual({ code: 0, signal: null });
  expect(listener.stderr()).toBe(
    'The runner no longer exists on the server. Cleaning up local configuration.\n',
  );
  expect(listener.stdout()).toMatch(/√ Removed \.credentials\n√ Removed \.runner\n$/);
  for (const name of ['.runner', '.credentials', '.credentials_rsaparams']) {
    expect(existsSync(join(root, name))).toBe(false);
  }
});

test.concurrent('a Listener started after the deletion ends with 1 and keeps its files', async () => {
  const server = await gitHub();
  const root = await registeredRunner(server);
  await callApi(server, 'DELETE', `actions/runners/${server.runners()[0]?.id}`);
  const { code, stderr } = await runProgram(join(root, 'bin/Runner.Listener'), ['run']);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^Failed to create a session\. The runner registration has been deleted from the server, /,
  );
  expect(existsSync(join(root, '.runner'))).toBe(true);
});

test.concurrent('a second instance meets the session of the first', async () => {
  const server = await gitHub();
  const { root, listener } = await listeningRunner(server);
  listener.kill('SIGKILL');
  await listener.exited;
  const second = startListener(root);
  await second.printsError('Retrying until reconnected.\n');
  expect(second.stderr()).toMatch(
    new RegExp(
      `^A session for this runner already exists\\.\n${TIME}: Runner connect error: Error: Conflict\\. Retrying until reconnected\\.\n$`,
    ),
  );
  second.kill('SIGTERM');
  expect((await second.exited).code).toBe(143);
});

test.concurrent('standard output carries the log where the environment asks for it', async () => {
  const server = await gitHub();
  const env = { ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT: '1' };
  const { listener } = await listeningRunner(server, [], { env });
  const job = server.queueJob({ name: 'job', labels: [], steps: [{ run: 'true' }] });
  await job.completed;
  await listener.prints('completed with result: Succeeded\n');
  expect(listener.stdout()).toMatch(
    new RegExp(`^\\[RUNNER ${TIME} INFO Terminal\\] WRITE LINE: .*: Listening for Jobs$`, 'm'),
  );
  expect(listener.stdout()).toMatch(new RegExp(`^\\[WORKER ${TIME} INFO Worker\\] `, 'm'));
});

test.concurrent('a folder that cannot be listed above the work folder ends with 1', async () => {
  const server = await gitHub();
  // A file stands in for a folder without permissions, which root could list.
  const root = await registeredRunner(server, ['--work', '/proc/self/cmdline/work']);
  const { code, stderr } = await runProgram(join(root, 'bin/Runner.Listener'), ['run']);
  expect(code).toBe(1);
  expect(stderr).toBe("An error occurred: Access to the path '/proc/self/cmdline' is denied.\n");
});
