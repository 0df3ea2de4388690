import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { installActionsRunner } from './install-actions-runner.ts';
import { runProgram, startProgram } from './testing/processes.ts';
import { gitHub, installedRunner, setUpToken, temporaryDirectory } from './testing/runners.ts';

vi.setConfig({ testTimeout: 60_000 });

const isRoot = process.getuid?.() === 0;

test('the directory is laid out as the archive of actions/runner', async () => {
  const root = await installedRunner();
  expect(readdirSync(root).toSorted()).toEqual([
    '_diag',
    'bin',
    'config.sh',
    'env.sh',
    'externals',
    'run-helper.sh.template',
    'run.sh',
    'safe_sleep.sh',
  ]);
  for (const name of ['config.sh', 'run.sh', 'bin/Runner.Listener', 'bin/Runner.Worker']) {
    expect(statSync(join(root, name)).mode & 0o777).toBe(0o755);
  }
});

test('no test and no code for tests is installed', async () => {
  const root = await installedRunner();
  const files = readdirSync(join(root, 'bin'), { recursive: true, encoding: 'utf8' });
  expect(files.filter((file) => /test/.test(file))).toEqual([]);
  expect(files).toContain('stand-in/listener.ts');
});

test('it imports nothing but what Node has', async () => {
  const root = await installedRunner();
  const folder = join(root, 'bin/stand-in');
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const source = readFileSync(join(folder, file), 'utf8');
    const specifiers = [...source.matchAll(/from '([^']+)';/g)].map(([, specifier]) => specifier);
    expect(specifiers.filter((specifier) => !/^(?:node:|\.)/.test(specifier ?? ''))).toEqual([]);
  }
});

test('the version and the interpreter can be chosen', async () => {
  const root = await installedRunner({ version: '2.999.1' });
  const listener = join(root, 'bin/Runner.Listener');
  expect((await runProgram(listener, ['--version'])).stdout).toBe('2.999.1\n');
  const other = await installedRunner({ node: '/bin/echo' });
  const { stdout } = await runProgram(join(other, 'bin/Runner.Listener'), ['run']);
  expect(stdout).toBe(`${join(other, 'bin/Runner.Listener')} run\n`);
});

test('an installation can be repeated over an old one', async () => {
  const root = await installedRunner();
  await installActionsRunner(root, { version: '3.0.0' });
  const { stdout } = await runProgram(join(root, 'bin/Runner.Listener'), ['--version']);
  expect(stdout).toBe('3.0.0\n');
});

test('a Worker without a Listener refuses to start', async () => {
  const root = await installedRunner();
  const worker = join(root, 'bin/Runner.Worker');
  expect((await runProgram(worker, [])).code).toBe(1);
  expect((await runProgram(worker, ['spawnclient', 'x', 'y'])).code).toBe(1);
});

test.runIf(isRoot)('a user without rights elsewhere can own and use it', async () => {
  const uid = 65_534;
  const gid = 65_534;
  const parent = temporaryDirectory();
  execFileSync('chmod', ['711', parent]);
  const root = join(parent, 'runner');
  // The interpreter must be within the user's reach as well: this checkout's may be not.
  const node = join(parent, 'node');
  execFileSync('cp', [process.execPath, node]);
  await installActionsRunner(root, { owner: { uid, gid }, node });
  const owners = readdirSync(root, { recursive: true, encoding: 'utf8' }).map(
    (name) => statSync(join(root, name)).uid,
  );
  expect(new Set(owners)).toEqual(new Set([uid]));
  execFileSync('chmod', ['755', parent]);
  const server = await gitHub();
  const token = await setUpToken(server, 'registration');
  const user = { uid, gid, cwd: '/', env: { RUNNER_ALLOW_RUNASROOT: undefined, HOME: '/' } };
  const args = ['--unattended', '--url', `${server.url}/octo/app`, '--token', token, '--name', 'n'];
  const configured = await runProgram(join(root, 'config.sh'), args, user);
  expect(configured).toMatchObject({ code: 0, stderr: '' });
  const listener = startProgram(join(root, 'bin/Runner.Listener'), ['run'], user);
  const job = server.queueJob({ name: 'job', labels: [], steps: [{ run: 'id -u; pwd' }] });
  expect((await job.completed).log).toEqual([String(uid), join(root, '_work/app/app')]);
  listener.kill('SIGINT');
  expect((await listener.exited).code).toBe(0);
  expect(existsSync(join(root, '.runner'))).toBe(true);
});
