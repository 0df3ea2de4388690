import { afterEach, describe, expect, it } from 'vitest';
import {
  type EmbeddedGitHub,
  type GitHubOptions,
  type RunnerGroupSpec,
  startGitHub,
} from '../src/index.ts';
import { call, rest, RunnerClient } from './runner-client.ts';

let github: EmbeddedGitHub;

async function start(options: GitHubOptions = {}): Promise<void> {
  github = await startGitHub({
    pollMs: 300,
    repositories: ['octo/app', 'octo/web', 'acme/tools', 'other/one'],
    enterprises: { big: ['octo', 'acme'] },
    ...options,
  });
}

afterEach(() => github.close());

/** Runs a job of a repository on a runner, from its dispatch to its end. */
async function served(runner: RunnerClient, repository: string): Promise<string> {
  const job = github.queueJob({ repository, name: repository, labels: [], steps: [{ run: '' }] });
  const { jobId } = (await runner.acquire(await runner.nextRequest())).body;
  const end = { jobId, conclusion: 'succeeded', outputs: {}, stepResults: [] };
  await runner.run('completejob', end);
  return (await job.completed).name;
}

async function refuses(runner: RunnerClient, repository: string): Promise<number> {
  github.queueJob({ repository, name: repository, labels: [], steps: [{ run: '' }] });
  return (await runner.poll()).status;
}

describe('the runners of a scope', () => {
  it('serve every repository of an organisation, and no other', async () => {
    await start();
    const runner = await RunnerClient.online(github, 'one', { scope: 'orgs/octo' });
    expect(await served(runner, 'octo/app')).toBe('octo/app');
    expect(await served(runner, 'octo/web')).toBe('octo/web');
    expect(await refuses(runner, 'acme/tools')).toBe(202);
    expect(github.runners()).toMatchObject([{ scope: 'orgs/octo', groupId: 1 }]);
  });

  it('serve every organisation of an enterprise, and no other', async () => {
    await start();
    const runner = await RunnerClient.online(github, 'one', { scope: 'enterprises/big' });
    expect(await served(runner, 'octo/app')).toBe('octo/app');
    expect(await served(runner, 'acme/tools')).toBe('acme/tools');
    expect(await refuses(runner, 'other/one')).toBe(202);
  });

  it('are seen in their own scope alone', async () => {
    await start();
    const scope = 'orgs/octo';
    const runner = await RunnerClient.online(github, 'one', { scope });
    expect((await rest(github, `/${runner.id}`, { scope: 'orgs/OCTO' })).status).toBe(200);
    expect((await rest(github, `/${runner.id}`)).status).toBe(404);
    expect((await rest(github, '', { scope: 'orgs/none' })).status).toBe(404);
    expect((await rest(github, '', { scope: 'enterprises/octo' })).status).toBe(404);
  });

  it('are registered with a token of that scope', async () => {
    await start();
    const { body } = await rest(github, '/registration-token', { method: 'POST' });
    const foreign = new RunnerClient(github, 'one', 'orgs/octo');
    expect((await foreign.setUp('register', body.token)).status).toBe(404);
  });
});

describe('a runner group', () => {
  const runnerGroups = [{ scope: 'orgs/octo', name: 'app only', repositories: ['octo/app'] }];

  it('serves its repositories, and a runner that leaves it serves the others', async () => {
    await start({ runnerGroups });
    const scope = 'orgs/octo';
    const runner = await RunnerClient.online(github, 'one', { scope, groupId: 2 });
    expect(await served(runner, 'octo/app')).toBe('octo/app');
    expect(await refuses(runner, 'octo/web')).toBe(202);
    const url = `${github.url}/api/v3/${scope}/actions/runner-groups/2/runners/${runner.id}`;
    const authorization = `Bearer ${github.token}`;
    expect((await call(url, { method: 'DELETE', authorization })).status).toBe(204);
    expect((await runner.poll()).status).toBe(200);
    expect((await call(url, { method: 'DELETE', authorization })).status).toBe(404);
  });

  it.for<[RunnerGroupSpec, string]>([
    [{ scope: 'orgs/none', name: 'x' }, 'There is no "orgs/none"'],
    [{ scope: 'orgs/octo', name: 'x', repositories: ['acme/tools'] }, 'cannot serve "acme/tools"'],
  ])('must be possible: %o', async ([group, message]) => {
    await start();
    const options = { repositories: ['octo/app', 'acme/tools'], runnerGroups: [group] };
    await expect(startGitHub(options)).rejects.toThrow(message);
  });
});
