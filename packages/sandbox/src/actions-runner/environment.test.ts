import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { gitHub, listeningRunner, registeredRunner, startListener } from './testing/runners.ts';

vi.setConfig({ testTimeout: 60_000 });

test.concurrent('a step inherits all that the Listener has, but for its inputs', async () => {
  const server = await gitHub();
  const { listener } = await listeningRunner(server, [], {
    env: {
      SECRET_OF_SUPERVISOR: 'leaks',
      ACTIONS_RUNNER_INPUT_TOKEN: 'stays',
      actions_runner_input_other: 'stays',
      'NOT-A-NAME': 'leaks too',
      CI: '',
    },
  });
  const steps = [{ run: 'env' }];
  const { log } = await server.queueJob({ name: 'job', labels: [], steps }).completed;
  expect(log).toContain('SECRET_OF_SUPERVISOR=leaks');
  expect(log).toContain('NOT-A-NAME=leaks too');
  expect(log).toContain('CI=true');
  expect(log.filter((line) => /actions_runner_input/i.test(line))).toEqual([]);
  // The wrapping process's own record of its environment keeps them.
  expect(readFileSync(`/proc/${listener.pid}/environ`, 'utf8')).toContain('INPUT_TOKEN=stays');
});

test.concurrent('.env is read at every start: it overrides, adds and unsets', async () => {
  const server = await gitHub();
  const root = await registeredRunner(server);
  writeFileSync(join(root, '.env'), 'A=file\nB=\nCI=own\nACTIONS_RUNNER_INPUT_X=y\n');
  const listener = startListener(root, { env: { A: 'inherited', B: 'inherited' } });
  await listener.prints('Listening for Jobs');
  writeFileSync(join(root, '.env'), 'A=too late\n');
  const steps = [{ run: 'echo "$A ${B-unset} $CI ${ACTIONS_RUNNER_INPUT_X-unset}"' }];
  const { log } = await server.queueJob({ name: 'job', labels: [], steps }).completed;
  expect(log).toEqual(['file unset own unset']);
});

test.concurrent('RUNNER_TOOL_CACHE moves the tools', async () => {
  const server = await gitHub();
  const root = await registeredRunner(server);
  const tools = join(root, 'tools');
  mkdirSync(tools);
  const listener = startListener(root, { env: { RUNNER_TOOL_CACHE: tools } });
  await listener.prints('Listening for Jobs');
  const steps = [{ run: 'echo "$RUNNER_TOOL_CACHE"' }];
  const { log } = await server.queueJob({ name: 'job', labels: [], steps }).completed;
  expect(log).toEqual([tools]);
});

test.concurrent.for<[string, Record<string, string | undefined>]>([
  [
    'a shell’s own',
    { SHLVL: '7', _: 'mine', OLDPWD: '/gone', PWD: '/elsewhere', key: 'k', value: 'v' },
  ],
  ['none of a shell', { SHLVL: undefined, _: undefined, PWD: undefined, OLDPWD: undefined }],
  ['odd ones', { 'NOT-A-NAME': 'x', EMPTY: '', EQUAL: 'a=b', value: '' }],
])('the Listener’s environment reaches a step unchanged: %s', async ([, env]) => {
  const server = await gitHub();
  await listeningRunner(server, [], { env });
  // What the step's shell was started with, before it changed anything.
  const steps = [{ run: String.raw`tr '\0' '\n' </proc/$$/environ` }];
  const { log } = await server.queueJob({ name: 'job', labels: [], steps }).completed;
  const entries = new Set(log);
  const names = Object.keys(env);
  const seen = names.map((name) => [name, log.some((line) => line.startsWith(`${name}=`))]);
  const wanted = names.filter((name) => env[name] !== undefined);
  expect(seen).toEqual(names.map((name) => [name, wanted.includes(name)]));
  expect(wanted.filter((name) => !entries.has(`${name}=${env[name]}`))).toEqual([]);
});

test.concurrent('PATH of a job or a step counts, after what was added to it', async () => {
  const server = await gitHub();
  await listeningRunner(server);
  const job = server.queueJob({
    name: 'job',
    labels: [],
    env: { PATH: '/of/job' },
    steps: [
      { run: 'echo "$PATH"' },
      { run: 'echo "$PATH"; echo /added >>"$GITHUB_PATH"', env: { PATH: '/of/step' } },
      { run: 'echo "$PATH"; echo PATH=/of/file >>"$GITHUB_ENV"' },
      { run: 'echo "$PATH"' },
    ],
  });
  const { log } = await job.completed;
  expect(log).toEqual(['/of/job', '/of/step', '/added:/of/job', '/added:/of/file']);
});
