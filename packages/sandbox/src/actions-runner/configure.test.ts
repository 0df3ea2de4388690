import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { runProgram } from './testing/processes.ts';
import {
  configure,
  gitHub,
  installedRunner,
  readJson,
  registeredRunner,
  setUpToken,
} from './testing/runners.ts';

vi.setConfig({ testTimeout: 60_000 });

test.concurrent('a registration prints its sections, writes its files and exits with 0', async () => {
  const server = await gitHub();
  const root = await installedRunner();
  const { code, stdout, stderr } = await configure(root, server, ['--labels', 'x,Y,y,linux']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^\n-{80}\n[^]*\n-{80}\n\n# Authentication\n\n\n√ Connected to GitHub\n/);
  expect(stdout).toContain('\n# Runner Registration\n');
  expect(stdout).toContain('\n√ Runner successfully added\n');
  expect(stdout).toMatch(/\n# Runner settings\n\n\n√ Settings Saved\.\n\n$/);
  const [runner] = server.runners();
  expect(runner).toMatchObject({ name: 'one', ephemeral: false, status: 'offline' });
  expect(runner?.labels).toEqual(['self-hosted', 'Linux', process.arch.toUpperCase(), 'x', 'Y']);
  expect(readJson(root, '.runner')).toEqual({
    isHostedServer: false,
    agentId: runner?.id,
    agentName: 'one',
    poolId: 1,
    poolName: 'Default',
    serverUrl: `${server.url}/`,
    gitHubUrl: `${server.url}/octo/app`,
    workFolder: '_work',
    useV2Flow: true,
    useRunnerAdminFlow: true,
    serverUrlV2: `${server.url}/_broker/`,
  });
  expect(readJson(root, '.credentials')).toEqual({
    scheme: 'OAuth',
    data: {
      clientId: expect.any(String) as string,
      authorizationUrl: `${server.url}/_oauth/token`,
      requireFipsCryptography: 'True',
    },
  });
  expect(Object.keys(readJson(root, '.credentials_rsaparams'))).toEqual(
    'd dp dq exponent inverseQ modulus p q'.split(' '),
  );
  expect(statSync(join(root, '.credentials_rsaparams')).mode & 0o777).toBe(0o600);
  expect(statSync(join(root, 'svc.sh')).mode & 0o777).toBe(0o755);
  expect(readFileSync(join(root, '.runner'), 'utf8')).toContain('\n  "agentName": "one",\n');
});

test.concurrent('options that are not defaults are written', async () => {
  const server = await gitHub();
  const args = [
    '--ephemeral',
    '--disableupdate',
    '--work',
    '/srv/w',
    '--monitorsocketaddress',
    '1.2.3.4:5',
  ];
  const root = await registeredRunner(server, args);
  expect(readJson(root, '.runner')).toMatchObject({
    disableUpdate: true,
    ephemeral: true,
    monitorSocketAddress: '1.2.3.4:5',
    workFolder: '/srv/w',
  });
  expect(server.runners()[0]?.ephemeral).toBe(true);
});

test.concurrent('a personal access token replaces the registration token', async () => {
  const server = await gitHub();
  const root = await installedRunner();
  const args = ['--unattended', '--url', `${server.url}/octo/app`, '--pat', server.token];
  const { code, stderr } = await runProgram(join(root, 'config.sh'), args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const removal = ['remove', '--pat', server.token];
  expect((await runProgram(join(root, 'config.sh'), removal)).code).toBe(0);
  expect(server.runners()).toEqual([]);
});

test.concurrent('variables take the place of arguments', async () => {
  const server = await gitHub();
  const root = await installedRunner();
  const { code, stderr } = await runProgram(join(root, 'config.sh'), [], {
    env: {
      ACTIONS_RUNNER_INPUT_UNATTENDED: 'true',
      ACTIONS_RUNNER_INPUT_URL: `${server.url}/octo/app`,
      ACTIONS_RUNNER_INPUT_TOKEN: await setUpToken(server, 'registration'),
      ACTIONS_RUNNER_INPUT_NAME: 'from-variable',
      ACTIONS_RUNNER_INPUT_LABELS: 'only',
      'ACTIONS_RUNNER_INPUT_NO-DEFAULT-LABELS': 'true',
      ACTIONS_RUNNER_INPUT_UNKNOWN: 'no argument',
    },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(server.runners()).toMatchObject([{ name: 'from-variable', labels: ['only'] }]);
});

test.concurrent('without --unattended the end of the input takes the defaults', async () => {
  const server = await gitHub();
  const root = await installedRunner();
  const token = await setUpToken(server, 'registration');
  const args = ['--url', `${server.url}/octo/app`, '--token', token];
  const { code, stdout } = await runProgram(join(root, 'config.sh'), args);
  expect(code).toBe(0);
  expect(stdout).toContain('[press Enter for _work]');
  expect(readJson(root, '.runner')['workFolder']).toBe('_work');
});

test.concurrent('--replace takes over a name; without it the name is refused', async () => {
  const server = await gitHub();
  await registeredRunner(server);
  const root = await installedRunner();
  const refused = await configure(root, server);
  expect(refused).toMatchObject({ code: 1, stderr: 'A runner exists with the same name one.\n' });
  expect(refused.stdout).toContain('\nA runner exists with the same name\n');
  expect(existsSync(join(root, '.runner'))).toBe(false);
  const key = readFileSync(join(root, '.credentials_rsaparams'), 'utf8');
  // Followed by a word it is no flag.
  expect((await configure(root, server, ['--replace', 'true'])).code).toBe(1);
  const replaced = await configure(root, server, ['--replace']);
  expect(replaced.code).toBe(0);
  expect(replaced.stdout).toContain('√ Successfully replaced the runner\n');
  expect(readFileSync(join(root, '.credentials_rsaparams'), 'utf8')).toBe(key);
  expect(server.runners()).toHaveLength(1);
});

test.concurrent('an unknown token is refused before anything local is written', async () => {
  const server = await gitHub();
  const root = await installedRunner();
  const url = `${server.url}/octo/app`;
  const args = ['--unattended', '--url', url, '--token', 'WRONG'];
  const { code, stderr } = await runProgram(join(root, 'config.sh'), args);
  const lines = stderr.split('\n');
  expect(code).toBe(1);
  expect(lines[0]).toMatch(
    /^Http response code: NotFound from 'POST http:.*\/api\/v3\/actions\/runner-registration' \(Request Id: .*\)$/,
  );
  expect(lines[1]).toContain('"message":"Not Found"');
  expect(lines.slice(2)).toEqual([
    'Response status code does not indicate success: 404 (Not Found).',
    '',
  ]);
  expect(existsSync(join(root, '.credentials_rsaparams'))).toBe(false);
  expect(existsSync(join(root, '.env'))).toBe(true);
});

test.concurrent.for<[string, string[], string]>([
  [
    'no token',
    ['--url', 'http://127.0.0.1:1/octo/app'],
    'Invalid configuration provided for token. Terminating unattended configuration.',
  ],
  [
    'no URL',
    ['--token', 'T'],
    'Invalid configuration provided for url. Terminating unattended configuration.',
  ],
  [
    'a URL of nothing',
    ['--url', 'http://h/a/b/c', '--token', 'T'],
    "'http://h/a/b/c' should point to an org or enterprise.",
  ],
])('%s fails with one line', async ([, args, message]) => {
  const root = await installedRunner();
  const outcome = await runProgram(join(root, 'config.sh'), ['--unattended', ...args]);
  expect(outcome).toMatchObject({ code: 1, stderr: `${message}\n` });
});

test.concurrent.for<[string[], string]>([
  [['--runnergroup', 'nobody'], 'Could not find any self-hosted runner group named "nobody".'],
  [
    ['--no-default-labels'],
    'Disabling default labels via --no-default-labels without specifying --labels is not supported',
  ],
  [
    ['--labels', 'x'.repeat(257)],
    'Invalid configuration provided for labels. Terminating unattended configuration.',
  ],
])('%j fails with one line and leaves only the key', async ([args, message]) => {
  const server = await gitHub();
  const root = await installedRunner();
  expect(await configure(root, server, args)).toMatchObject({ code: 1, stderr: `${message}\n` });
  expect(existsSync(join(root, '.credentials_rsaparams'))).toBe(true);
  expect(existsSync(join(root, '.credentials'))).toBe(false);
  expect(server.runners()).toEqual([]);
});

test.concurrent.for(['.runner', '.runner_migrated'])(
  '%s makes a directory configured',
  async (name) => {
    const root = await installedRunner();
    writeFileSync(join(root, name), '{}');
    const outcome = await runProgram(join(root, 'config.sh'), ['--unattended', '--replace']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toBe(
      "Cannot configure the runner because it is already configured. To reconfigure the runner, run 'config.cmd remove' or './config.sh remove' first.\n",
    );
    expect(outcome.stdout).toContain('Self-hosted runner registration');
    expect(outcome.stdout).not.toContain('# Authentication');
  },
);

test.concurrent('an unknown option is only a warning', async () => {
  const server = await gitHub();
  const root = await installedRunner();
  const { code, stderr } = await configure(root, server, ['--nonsense', '--Local']);
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^Unrecognized command-line input arguments for command configure: 'nonsense, local'\. For usage refer to: /,
  );
});

test.concurrent('--generateServiceConfig writes svc.sh again, for a configured runner only', async () => {
  const server = await gitHub();
  const root = await installedRunner();
  const args = ['--generateServiceConfig'];
  expect(await runProgram(join(root, 'config.sh'), args)).toMatchObject({
    code: 1,
    stderr:
      "--generateServiceConfig requires that the runner is already configured. To configure a new runner as a service, run './config.sh'.\n",
  });
  await configure(root, server);
  rmSync(join(root, 'svc.sh'));
  const again = await runProgram(join(root, 'config.sh'), args);
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect((await runProgram(join(root, 'svc.sh'), ['install'])).code).toBe(0);
  expect(readFileSync(join(root, '.service'), 'utf8')).toBe(
    'actions.runner.octo-app.one.service\n',
  );
  expect(server.runners()).toHaveLength(1);
});
