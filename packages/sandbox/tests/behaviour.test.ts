import { afterEach, describe, expect, it } from 'vitest';
import { type EmbeddedGitHub, type GitHubOptions, startGitHub } from '../src/index.ts';
import { rest, RunnerClient } from './runner-client.ts';

let github: EmbeddedGitHub;

async function start(options: GitHubOptions = {}): Promise<EmbeddedGitHub> {
  github = await startGitHub({ pollMs: 2_000, seed: 1, ...options });
  return github;
}

afterEach(() => github.close());

const job = { name: 'build', labels: ['linux'], steps: [{ run: 'true' }] };
const end = { conclusion: 'succeeded', outputs: {}, stepResults: [] };

/** A runner in the middle of a job. */
async function busyRunner(name: string): Promise<{ runner: RunnerClient; jobId: string }> {
  const runner = await RunnerClient.online(github, name, { labels: [name] });
  github.queueJob({ ...job, labels: [name] });
  const { body } = await runner.acquire(await runner.nextRequest());
  return { runner, jobId: body.jobId };
}

const saysBusy = async ({ id }: RunnerClient): Promise<boolean> =>
  (await rest(github, `/${id}`)).body.busy;

describe('busy', () => {
  it('is the truth by default', async () => {
    await start();
    const { runner, jobId } = await busyRunner('one');
    expect(await saysBusy(runner)).toBe(true);
    await runner.run('completejob', { ...end, jobId });
    expect(await saysBusy(runner)).toBe(false);
  });

  it('lies in the list and alone for a time, while a deletion is refused', async () => {
    let now = Date.now();
    const behaviour = { busyLies: 1, busyLieMs: [1_000, 61_000] } as const;
    await start({ now: () => now, behaviour });
    const { runner } = await busyRunner('one');
    expect(await saysBusy(runner)).toBe(true);
    now += 1_000;
    expect(await saysBusy(runner)).toBe(false);
    expect((await rest(github, '')).body.runners[0].busy).toBe(false);
    expect(github.runners()).toMatchObject([{ busy: true }]);
    expect((await rest(github, `/${runner.id}`, { method: 'DELETE' })).status).toBe(422);
    now += 60_000;
    expect(await saysBusy(runner)).toBe(true);
  });

  it('lies about a share of the jobs', async () => {
    await start({ behaviour: { busyLies: 0.5 } });
    const names = Array.from({ length: 12 }, (_, index) => `r${index}`);
    const busy = await Promise.all(
      names.map(async (name) => saysBusy((await busyRunner(name)).runner)),
    );
    expect(new Set(busy)).toEqual(new Set([true, false]));
  });
});

describe('a deletion in the middle of a job', () => {
  it('succeeds as often as it is told, and the job stays its runner’s', async () => {
    await start({ behaviour: { deletesBusy: 1 } });
    const { runner, jobId } = await busyRunner('one');
    const poll = runner.poll('Busy');
    expect((await rest(github, `/${runner.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await poll).body).toMatchObject({ errorKind: 'RunnerNotFound' });
    expect((await runner.run('renewjob', { jobId })).status).toBe(200);
    expect((await runner.run('completejob', { ...end, jobId })).status).toBe(204);
    github.behaviour.deletesBusy = 0;
    const other = await busyRunner('two');
    expect((await rest(github, `/${other.runner.id}`, { method: 'DELETE' })).status).toBe(422);
  });

  it('is drawn for each call', async () => {
    await start({ behaviour: { deletesBusy: 0.3 } });
    const { runner } = await busyRunner('one');
    let refused = 0;
    while ((await rest(github, `/${runner.id}`, { method: 'DELETE' })).status === 422) refused += 1;
    expect(refused).toBeGreaterThan(0);
    expect(github.runners()).toEqual([]);
  });
});

describe('a gap between dispatch and acquisition', () => {
  it('is a slow acknowledgement or acquisition, in which the runner is not busy yet', async () => {
    await start();
    const runner = await RunnerClient.online(github, 'one');
    github.faults.add({ match: { path: '/_run/acquirejob' }, delayMs: 60_000 });
    const queued = github.queueJob(job);
    const acquisition = runner.acquire(await runner.nextRequest()).catch(() => {});
    await expect.poll(() => github.requests.at(-1)?.path).toBe('/_run/acquirejob');
    expect(await saysBusy(runner)).toBe(false);
    expect((await rest(github, `/${runner.id}`, { method: 'DELETE' })).status).toBe(204);
    const other = await RunnerClient.online(github, 'other');
    github.faults.clear();
    expect((await other.acquire(await other.nextRequest())).body.jobId).toBe(queued.id);
    await github.close();
    await acquisition;
  });
});

describe('a registration that GitHub forgets', () => {
  it.for([
    ['runner-not-found', 404, ['invalid_client']],
    ['unauthorized', 401, [undefined, 'invalid_client']],
    ['invalid-client', 401, ['invalid_client']],
    ['not-medium-trust', 401, ['unauthorized_client', 'unauthorized_client']],
  ] as const)('%s', async ([notice, status, answers]) => {
    await start();
    const runner = await RunnerClient.online(github, 'one');
    const poll = runner.poll();
    await expect.poll(() => github.runners()[0]?.status).toBe('online');
    github.forgetRunner(runner.id, notice);
    expect((await poll).status).toBe(status);
    expect(github.runners()).toEqual([]);
    for (const error of answers) {
      // oxlint-disable-next-line no-await-in-loop -- the order counts
      expect((await runner.authorize()).body.error).toBe(error);
    }
  });

  it.for([
    [60_000, 200, 202],
    [[20, 40], 60_000, 404],
  ] as const)('is told of it after %o ms', async ([deletionNoticeMs, pollMs, status]) => {
    await start({ pollMs, behaviour: { deletionNoticeMs } });
    const runner = await RunnerClient.online(github, 'one');
    const poll = runner.poll();
    await expect.poll(() => github.requests.at(-1)?.path).toBe('/_broker/message');
    expect((await rest(github, `/${runner.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await rest(github, `/${runner.id}`)).status).toBe(404);
    expect((await poll).status).toBe(status);
    expect((await runner.poll()).status).toBe(status);
  });

  it('must have been there', async () => {
    await start();
    expect(() => github.forgetRunner(1)).toThrow(RangeError);
  });
});
