import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { type EmbeddedGitHub, type GitHubOptions, startGitHub } from '../src/index.ts';
import { rest, RunnerClient } from './runner-client.ts';

let github: EmbeddedGitHub;

async function start(options: GitHubOptions = {}): Promise<EmbeddedGitHub> {
  github = await startGitHub({ pollMs: 2_000, ...options });
  return github;
}

/** Sessions that die at once are alive only while a poll waits: the way to see that one does. */
const onlineMeansPolling: GitHubOptions = { pollMs: 60_000, sessionMs: 0 };

async function polling(): Promise<void> {
  await expect.poll(() => github.runners()[0]?.status).toBe('online');
}

afterEach(() => github.close());

const job = { name: 'build', labels: ['linux'], steps: [{ run: 'true' }] };

describe('a session', () => {
  it('is one per runner until it ends', async () => {
    await start();
    const runner = await RunnerClient.online(github, 'one');
    expect(github.runners()).toMatchObject([{ name: 'one', status: 'online' }]);
    expect((await runner.openSession('second')).status).toBe(409);
    expect((await runner.closeSession()).status).toBe(200);
    expect(github.runners()).toMatchObject([{ status: 'offline' }]);
    expect((await runner.poll()).body).toMatchObject({ errorKind: 'SessionNotFound' });
    expect((await runner.openSession()).status).toBe(200);
  });

  it('dies some time after its runner did', async () => {
    let now = Date.now();
    await start({ now: () => now, sessionMs: 10_000 });
    const runner = await RunnerClient.online(github, 'one');
    now += 9_999;
    expect((await runner.openSession('second')).status).toBe(409);
    expect(github.runners()).toMatchObject([{ status: 'online' }]);
    now += 1;
    expect(github.runners()).toMatchObject([{ status: 'offline' }]);
    expect((await runner.openSession('second')).status).toBe(200);
  });

  it('lives on its Listener’s calls, not on those about a job', async () => {
    let now = Date.now();
    await start({ now: () => now, sessionMs: 10_000 });
    const runner = await RunnerClient.online(github, 'one');
    now += 9_999;
    await runner.acknowledge('none');
    now += 9_999;
    expect(github.runners()).toMatchObject([{ status: 'online' }]);
    await runner.run('renewjob', { jobId: 'none' });
    await runner.run('log', { jobId: 'none', lines: [] });
    now += 1;
    expect(github.runners()).toMatchObject([{ status: 'offline' }]);
  });

  it('holds a poll open, and ends it when a newer one comes', async () => {
    await start(onlineMeansPolling);
    const runner = await RunnerClient.online(github, 'one');
    const first = runner.poll();
    await polling();
    const second = runner.poll();
    expect((await first).status).toBe(202);
    github.queueJob(job);
    expect((await second).status).toBe(200);
  });

  it('forgets a poll whose connection is gone', async () => {
    await start(onlineMeansPolling);
    const runner = await RunnerClient.online(github, 'one');
    const controller = new AbortController();
    const poll = runner.poll('Online', controller.signal);
    await polling();
    controller.abort();
    await expect(poll).rejects.toThrow('aborted');
    await expect.poll(() => github.runners()[0]?.status).toBe('offline');
    const queued = github.queueJob(job);
    expect((await runner.acquire(await runner.nextRequest())).body.jobId).toBe(queued.id);
  });
});

describe('a deleted registration', () => {
  it('ends the poll in flight at once, and everything else', async () => {
    await start(onlineMeansPolling);
    const runner = await RunnerClient.online(github, 'one');
    const poll = runner.poll();
    await polling();
    expect((await rest(github, `/${runner.id}`, { method: 'DELETE' })).status).toBe(204);
    const gone = { status: 404, body: { source: 'actions-broker-listener', statusCode: 404 } };
    expect(await poll).toMatchObject({ ...gone, body: { errorKind: 'RunnerNotFound' } });
    expect(await runner.poll()).toMatchObject(gone);
    expect(await runner.openSession()).toMatchObject(gone);
    expect(await runner.closeSession()).toMatchObject(gone);
    expect(await runner.authorize()).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_client',
        error_description: `Registration ${runner.clientId} was not found.`,
      },
    });
  });

  it('is refused while a job runs, and gives back a job that was only offered', async () => {
    await start();
    const one = await RunnerClient.online(github, 'one');
    const queued = github.queueJob(job);
    const offered = await one.nextRequest();
    expect((await rest(github, `/${one.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await one.acquire(offered)).status).toBe(404);

    const two = await RunnerClient.online(github, 'two');
    const acquired = await two.acquire(await two.nextRequest());
    expect(acquired.body.jobId).toBe(queued.id);
    expect(await rest(github, `/${two.id}`, { method: 'DELETE' })).toMatchObject({
      status: 422,
      body: { message: 'Bad request - Runner "two" is still running a job"' },
    });
    const end = { jobId: queued.id, conclusion: 'canceled', outputs: {}, stepResults: [] };
    await two.run('completejob', end);
    await expect(queued.completed).resolves.toMatchObject({ result: 'Canceled' });
    expect((await rest(github, `/${two.id}`, { method: 'DELETE' })).status).toBe(204);
  });
});

describe('runner authentication', () => {
  it('ends with the access token', async () => {
    let now = Date.now();
    await start({ now: () => now, accessTokenLifetimeMs: 5_000, pollMs: 50 });
    const runner = await RunnerClient.online(github, 'one');
    now += 4_999;
    expect((await runner.poll()).status).toBe(202);
    now += 1;
    expect((await runner.poll()).status).toBe(401);
    expect((await runner.authorize()).body.expires_in).toBe(5);
    expect((await runner.poll()).status).toBe(202);
  });

  it('refuses a foreign key, no token and another runner’s session', async () => {
    await start();
    const one = await RunnerClient.online(github, 'one');
    const two = await RunnerClient.online(github, 'two');
    const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    expect((await one.authorize(foreign)).body).toMatchObject({ error: 'invalid_grant' });
    expect((await one.poll()).status).toBe(401);
    await one.authorize();
    Object.assign(one, { sessionId: two.sessionId });
    expect((await one.poll()).status).toBe(400);
  });

  it('ends with the registration that a replacement takes over', async () => {
    await start();
    const old = await RunnerClient.online(github, 'same');
    const fresh = new RunnerClient(github, 'same');
    expect((await fresh.register()).status).toBe(409);
    expect((await fresh.register({ replace: old.id, labels: ['new'] })).body.id).toBe(old.id);
    expect((await old.poll()).body).toMatchObject({ errorKind: 'RunnerNotFound' });
    expect(github.runners()).toMatchObject([{ labels: ['self-hosted', 'new'], status: 'offline' }]);
    await fresh.authorize();
    expect((await fresh.openSession()).status).toBe(200);
  });
});

describe('closing', () => {
  it('ends polls and promises at once', async () => {
    await start(onlineMeansPolling);
    const runner = await RunnerClient.online(github, 'one');
    const queued = github.queueJob({ ...job, labels: ['nobody'] });
    const poll = runner.poll().catch((error: unknown) => error);
    await polling();
    await Promise.all([github.close(), github.close()]);
    await poll;
    await expect(queued.acquired).rejects.toThrow('closed before job "build" ended');
    await expect(queued.completed).rejects.toThrow('closed before');
    expect(() => github.queueJob(job)).toThrow('closed');
  });
});
