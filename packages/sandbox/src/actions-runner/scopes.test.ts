import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { rateLimited } from '../github/faults/refusals.ts';
import { runProgram } from './testing/processes.ts';
import { gitHub, installedRunner, readJson, startListener } from './testing/runners.ts';

vi.setConfig({ testTimeout: 60_000 });

test.concurrent.for([
  ['octo', 'orgs/octo', ['octo/app', 'octo/web'], 2],
  ['enterprises/big', 'enterprises/big', ['octo/app', 'acme/app'], 3],
] as const)('a runner of %s', async ([path, scope, repositories, groupId]) => {
  const server = await gitHub({
    repositories: ['octo/app', 'octo/web', 'acme/app'],
    enterprises: { big: ['octo', 'acme'] },
    runnerGroups: [
      { scope: 'orgs/octo', name: 'ci' },
      { scope: 'enterprises/big', name: 'ci' },
    ],
  });
  const root = await installedRunner();
  const credentials = ['--url', `${server.url}/${path}`, '--pat', server.token];
  const args = ['--unattended', ...credentials, '--runnergroup', 'CI', '--name', 'one'];
  const config = join(root, 'config.sh');
  expect(await runProgram(config, args)).toMatchObject({ code: 0, stderr: '' });
  expect(readJson(root, '.runner')).toMatchObject({ poolId: groupId, poolName: 'ci' });
  expect(server.runners()).toMatchObject([{ scope, groupId, name: 'one' }]);
  const listener = startListener(root);
  const reports = repositories.map((repository) => {
    const steps = [{ run: 'echo "$GITHUB_REPOSITORY $GITHUB_WORKSPACE"' }];
    return server.queueJob({ repository, name: repository, labels: [], steps }).completed;
  });
  // Only a repository's name counts below the work folder, not its owner.
  const workspace = (name: string): string => join(root, '_work', name, name);
  expect((await Promise.all(reports)).map(({ log }) => log)).toEqual(
    repositories.map((name) => [`${name} ${workspace(name.split('/')[1] ?? '')}`]),
  );
  listener.kill('SIGINT');
  expect((await listener.exited).code).toBe(0);
  const removed = await runProgram(config, ['remove', '--pat', server.token]);
  expect(removed).toMatchObject({ code: 0, stderr: '' });
  expect(server.runners()).toEqual([]);
});

test.concurrent('config.sh tells a refusal, tries again and succeeds', async () => {
  const server = await gitHub();
  const root = await installedRunner({ knobs: { timeScale: 0.01 } });
  const match = { path: '/api/v3/actions/runners/register' };
  server.faults.add({ match, times: 1, answer: rateLimited({ kind: 'secondary', status: 429 }) });
  server.faults.add({ match, times: 1, answer: 'reset' });
  const args = ['--unattended', '--url', `${server.url}/octo/app`, '--pat', server.token];
  const { code, stderr } = await runProgram(join(root, 'config.sh'), args);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^Http response code: TooManyRequests from 'Post /);
  expect(server.requests.filter(({ path }) => path === match.path)).toMatchObject([
    { status: 429 },
    { status: undefined },
    { status: 200 },
  ]);
});

test.concurrent('config.sh takes an answer that was lost for a name that is taken', async () => {
  const server = await gitHub();
  const root = await installedRunner({ knobs: { timeScale: 0.01 } });
  const match = { path: '/api/v3/actions/runners/register' };
  server.faults.add({ match, times: 1, answer: 'lose-answer' });
  const args = ['--unattended', '--url', `${server.url}/octo/app`, '--pat', server.token];
  const { code, stderr } = await runProgram(join(root, 'config.sh'), args);
  expect(code).toBe(1);
  expect(stderr).toContain('Http response code: Conflict from ');
  expect(server.runners()).toHaveLength(1);
});
