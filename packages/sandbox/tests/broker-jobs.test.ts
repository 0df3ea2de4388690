import { afterEach, describe, expect, it } from 'vitest';
import { type EmbeddedGitHub, type GitHubOptions, startGitHub } from '../src/index.ts';
import { rest, RunnerClient } from './runner-client.ts';

let github: EmbeddedGitHub;

async function start(options: GitHubOptions = {}): Promise<EmbeddedGitHub> {
  github = await startGitHub({ pollMs: 2_000, ...options });
  return github;
}

afterEach(() => github.close());

const job = { name: 'build', labels: ['linux'], steps: [{ run: 'true' }] };

describe('a job on its way', () => {
  it('reaches a runner, is logged, and completes', async () => {
    await start();
    const runner = await RunnerClient.online(github, 'one');
    const queued = github.queueJob({
      ...job,
      labels: ['Self-Hosted', 'LINUX'],
      env: { COLOUR: 'green' },
      steps: [{ run: '\necho hello\nexit 0' }, { name: 'last', run: 'false', if: 'always()' }],
    });
    const requestId = await runner.nextRequest();
    expect((await runner.acknowledge(requestId)).status).toBe(200);
    expect(github.runners()[0]).toMatchObject({ status: 'online', busy: false });

    const acquired = await runner.acquire(requestId);
    expect(acquired.status).toBe(200);
    expect(acquired.body).toMatchObject({
      jobId: queued.id,
      jobDisplayName: 'build',
      env: { COLOUR: 'green' },
      github: {
        repository: 'octo/app',
        server_url: github.url,
        api_url: `${github.url}/api/v3`,
        event: { repository: { full_name: 'octo/app' } },
      },
      steps: [
        { name: 'Run echo hello', condition: 'success()', env: {} },
        { name: 'last', run: 'false', condition: 'always()' },
      ],
    });
    await expect(queued.acquired).resolves.toEqual({ runnerName: 'one', runnerId: runner.id });
    expect(github.runners()[0]).toMatchObject({ busy: true });

    const { planId, jobId } = acquired.body;
    const renewed = await runner.run('renewjob', { planId, jobId });
    expect(Date.parse(renewed.body.lockedUntil)).toBeGreaterThan(Date.now());
    expect((await runner.run('log', { jobId, lines: ['a', 'b'] })).status).toBe(204);
    expect((await runner.run('log', { jobId, lines: ['c'] })).status).toBe(204);
    const completed = await runner.run('completejob', {
      planId,
      jobId,
      conclusion: 'failed',
      outputs: { answer: { value: '42' } },
      stepResults: [
        { name: 'Run echo hello', conclusion: 'success', exitCode: 0, ms: 12 },
        { name: 'last', conclusion: 'skipped', ms: 0 },
      ],
    });
    expect(completed.status).toBe(204);
    await expect(queued.completed).resolves.toEqual({
      name: 'build',
      result: 'Failed',
      runnerName: 'one',
      outputs: { answer: '42' },
      steps: [
        { name: 'Run echo hello', conclusion: 'success', exitCode: 0, ms: 12 },
        { name: 'last', conclusion: 'skipped', ms: 0 },
      ],
      log: ['a', 'b', 'c'],
    });
    expect(github.runners()[0]).toMatchObject({ busy: false });
    expect((await runner.run('log', { jobId, lines: ['late'] })).status).toBe(404);
  });

  it('keeps every line of a log, however many come at once', async () => {
    await start();
    const runner = await RunnerClient.online(github, 'one');
    const queued = github.queueJob(job);
    const { jobId } = (await runner.acquire(await runner.nextRequest())).body;
    const lines = Array.from({ length: 200_000 }, (_, n) => String(n));
    expect((await runner.run('log', { jobId, lines })).status).toBe(204);
    const end = { jobId, conclusion: 'succeeded', outputs: {}, stepResults: [] };
    await runner.run('completejob', end);
    expect((await queued.completed).log).toEqual(lines);
  });

  it('is refused to a second acquirer and to an unknown request', async () => {
    await start();
    const runner = await RunnerClient.online(github, 'one');
    github.queueJob(job);
    const requestId = await runner.nextRequest();
    expect((await runner.acquire(requestId)).status).toBe(200);
    expect((await runner.acquire(requestId)).status).toBe(409);
    expect((await runner.acquire('unknown')).status).toBe(404);
    expect((await runner.acknowledge('unknown')).status).toBe(404);
  });

  it('goes to a runner that has its labels, first come first', async () => {
    await start();
    const plain = await RunnerClient.online(github, 'plain');
    const poll = plain.poll();
    const first = github.queueJob({ ...job, name: 'gpu', labels: ['gpu'] });
    const second = github.queueJob({ ...job, name: 'any' });
    const requestId = JSON.parse((await poll).body.body).runner_request_id;
    expect((await plain.acquire(requestId)).body.jobId).toBe(second.id);

    const special = await RunnerClient.online(github, 'special', { labels: ['linux', 'gpu'] });
    github.queueJob({ ...job, name: 'third' });
    expect((await special.acquire(await special.nextRequest())).body.jobId).toBe(first.id);
  });

  it('goes to one poll only, and never to a busy runner', async () => {
    await start({ pollMs: 300 });
    const one = await RunnerClient.online(github, 'one');
    const two = await RunnerClient.online(github, 'two');
    const polls = [one.poll(), two.poll()];
    github.queueJob(job);
    const statuses = (await Promise.all(polls)).map((answer) => answer.status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 202]);

    const [offered, idle] = statuses[0] === 200 ? [one, two] : [two, one];
    github.queueJob({ ...job, name: 'next' });
    const [again, busy] = await Promise.all([offered.poll(), idle.poll('Busy')]);
    expect([again.status, busy.status]).toEqual([202, 202]);
  });

  it('waits for a label that is added later', async () => {
    await start();
    const runner = await RunnerClient.online(github, 'one');
    const poll = runner.poll();
    github.queueJob({ ...job, labels: ['later'] });
    const body = { labels: ['later'] };
    await rest(github, `/${runner.id}/labels`, { method: 'POST', body });
    expect((await poll).status).toBe(200);
  });

  it('is queued again when nobody acquires it', async () => {
    await start({ reassignMs: 100 });
    const silent = await RunnerClient.online(github, 'silent');
    const queued = github.queueJob(job);
    const lost = await silent.nextRequest();
    const other = await RunnerClient.online(github, 'other');
    const requestId = await other.nextRequest();
    expect(requestId).not.toBe(lost);
    expect((await silent.acquire(lost)).status).toBe(404);
    expect((await other.acquire(requestId)).body.jobId).toBe(queued.id);
  });

  it('is abandoned by a runner that stops renewing it', async () => {
    await start({ jobLockMs: 100 });
    const runner = await RunnerClient.online(github, 'one');
    const queued = github.queueJob(job);
    const { jobId } = (await runner.acquire(await runner.nextRequest())).body;
    await expect(queued.completed).resolves.toMatchObject({ result: 'Abandoned', steps: [] });
    expect((await runner.run('renewjob', { jobId })).status).toBe(404);
  });

  it('takes an ephemeral runner with it', async () => {
    await start();
    const runner = await RunnerClient.online(github, 'once', { ephemeral: true });
    const queued = github.queueJob(job);
    const { jobId } = (await runner.acquire(await runner.nextRequest())).body;
    const body = { jobId, conclusion: 'succeeded', outputs: {}, stepResults: [] };
    expect((await runner.run('completejob', body)).status).toBe(204);
    await expect(queued.completed).resolves.toMatchObject({ result: 'Succeeded' });
    expect(github.runners()).toEqual([]);
    expect((await runner.poll()).body).toMatchObject({ errorKind: 'RunnerNotFound' });
  });

  it('needs a repository that exists', async () => {
    await start({ repositories: ['octo/app', 'acme/tools'] });
    expect(() => github.queueJob({ ...job, repository: 'octo/none' })).toThrow(RangeError);
    const runner = await RunnerClient.online(github, 'one');
    github.queueJob({ ...job, repository: 'acme/tools' });
    const mine = github.queueJob({ ...job, repository: 'Octo/App' });
    expect((await runner.acquire(await runner.nextRequest())).body.jobId).toBe(mine.id);
  });
});
