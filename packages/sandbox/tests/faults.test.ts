import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type EmbeddedGitHub,
  type FaultRule,
  rateLimited,
  type RateLimitRefusal,
  startGitHub,
} from '../src/index.ts';
import { rest, RunnerClient } from './runner-client.ts';

let now = 0;
let github: EmbeddedGitHub;

beforeEach(async () => {
  now = Date.now();
  github = await startGitHub({ seed: 7, now: () => now });
});

afterEach(() => github.close());

/** The statuses of that many lists of the runners, 0 for a broken connection. */
async function statuses(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let call = 0; call < count; call += 1) {
    // oxlint-disable-next-line no-await-in-loop -- the order counts
    found.push(
      await rest(github, '').then(
        ({ status }) => status,
        () => 0,
      ),
    );
  }
  return found;
}

/** What half of the requests meet, drawn with a seed. */
async function draws(seed: number): Promise<number[]> {
  await github.close();
  github = await startGitHub({ seed });
  expect(github.seed).toBe(seed);
  github.faults.add({ probability: 0.5, answer: { status: 500 } });
  return statuses(30);
}

const list: FaultRule['match'] = { method: 'GET', path: '/api/v3/repos/octo/app/actions/runners' };

describe('an answer in the place of GitHub’s', () => {
  it('comes as often as the rule says, and the next rule follows', async () => {
    github.faults.add({ match: list, times: 2, answer: { status: 502 } });
    const second = github.faults.add({ match: list, times: 1, answer: { status: 500 } });
    expect(await statuses(4)).toEqual([502, 502, 500, 200]);
    expect(second.taken).toBe(1);
  });

  it('has GitHub’s error body, or one’s own', async () => {
    github.faults.add({ times: 1, answer: { status: 503 } });
    expect((await rest(github, '')).body).toMatchObject({ message: 'Service Unavailable' });
    const body = { id: 1 };
    github.faults.add({ times: 1, answer: { status: 201, body, headers: { 'x-own': 'yes' } } });
    const answer = await rest(github, '');
    expect([answer.status, answer.body, answer.headers.get('x-own')]).toEqual([201, body, 'yes']);
    github.faults.add({ times: 1, answer: { status: 200, body: '<html>' } });
    await expect(rest(github, '')).rejects.toThrow('not valid JSON');
  });

  it('takes nothing but what it is for', async () => {
    const agent = { userAgent: /^other/ };
    for (const match of [{ method: 'POST' }, { path: '/api/v3' }, { path: /\?name=x$/ }, agent]) {
      github.faults.add({ match, answer: { status: 500 } });
    }
    expect(await statuses(1)).toEqual([200]);
    expect((await rest(github, '?name=x')).status).toBe(500);
    expect((await rest(github, '', { headers: { 'user-agent': 'other/1' } })).status).toBe(500);
    github.faults.clear();
    expect((await rest(github, '?name=x')).status).toBe(200);
  });

  it('ends with its time, or when it is removed', async () => {
    const outage = github.faults.add({ forMs: 60_000, answer: { status: 500 } });
    now += 59_999;
    expect(await statuses(1)).toEqual([500]);
    now += 1;
    expect(await statuses(1)).toEqual([200]);
    const other = github.faults.add({ answer: { status: 500 } });
    other.remove();
    expect(await statuses(1)).toEqual([200]);
    expect([outage.taken, other.taken]).toEqual([1, 0]);
  });

  it('is drawn with the seed', async () => {
    const first = await draws(1);
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await draws(1)).toEqual(first);
    expect(await draws(2)).not.toEqual(first);
  });
});

describe('a refusal for too many calls', () => {
  it.for<[RateLimitRefusal, number, Record<string, string | null>, RegExp]>([
    [{ kind: 'primary' }, 403, { 'x-ratelimit-remaining': '0', 'retry-after': null }, /API rate/],
    [{ kind: 'primary', status: 429 }, 429, { 'x-ratelimit-remaining': '0' }, /API rate/],
    [{ kind: 'secondary', afterS: 7 }, 403, { 'retry-after': '7' }, /secondary/],
    [
      { kind: 'secondary-bare' },
      403,
      { 'retry-after': null, 'x-ratelimit-remaining': null },
      /secondary/,
    ],
  ])('%o', async ([refusal, status, headers, message]) => {
    github.faults.add({ answer: rateLimited(refusal) });
    const answer = await rest(github, '');
    expect(answer.status).toBe(status);
    for (const [name, value] of Object.entries(headers)) {
      expect(answer.headers.get(name)).toBe(value);
    }
    expect(answer.body.message).toMatch(message);
  });

  it('says when the hour is over', async () => {
    github.faults.add({ answer: rateLimited({ kind: 'primary', afterS: 90 }) });
    const reset = Number((await rest(github, '')).headers.get('x-ratelimit-reset'));
    expect(Math.abs(reset - Date.now() / 1000 - 90)).toBeLessThan(30);
  });
});

describe('a connection that breaks', () => {
  const isDelete = { method: 'DELETE' };

  it('before GitHub has done its work', async () => {
    const { id } = await RunnerClient.online(github, 'one');
    github.faults.add({ match: isDelete, answer: 'reset' });
    await expect(rest(github, `/${id}`, isDelete)).rejects.toThrow('fetch failed');
    expect(github.runners()).toHaveLength(1);
  });

  it('after it, and the request is recorded without a status', async () => {
    const { id } = await RunnerClient.online(github, 'one');
    github.faults.add({ match: isDelete, answer: 'lose-answer' });
    await expect(rest(github, `/${id}`, isDelete)).rejects.toThrow('fetch failed');
    expect(github.runners()).toEqual([]);
    expect(github.requests.at(-1)).toMatchObject({ method: 'DELETE', status: undefined });
  });
});

describe('a slow answer', () => {
  it('is the same answer', async () => {
    github.faults.add({ delayMs: 1, answerDelayMs: 1 });
    const runner = await RunnerClient.online(github, 'one');
    expect(github.runners()).toMatchObject([{ id: runner.id, status: 'online' }]);
  });

  it('comes after the work, or the work itself is late, though nobody waits any more', async () => {
    const one = await RunnerClient.online(github, 'one');
    const two = await RunnerClient.online(github, 'two');
    github.faults.add({ match: { path: new RegExp(`/${one.id}$`) }, answerDelayMs: 60_000 });
    github.faults.add({ match: { path: new RegExp(`/${two.id}$`) }, delayMs: [1_000, 1_001] });
    const impatient = new AbortController();
    const calls = [one, two].map(async ({ id }) =>
      rest(github, `/${id}`, { method: 'DELETE', signal: impatient.signal }),
    );
    await expect.poll(() => github.runners().map(({ name }) => name)).toEqual(['two']);
    impatient.abort();
    expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
    ]);
    await expect.poll(() => github.runners()).toEqual([]);
  });

  it('never comes from a server that hangs, which is no obstacle to its end', async () => {
    github.faults.add({ answer: 'hang' });
    const call = rest(github, '').catch((error: unknown) => error);
    await expect.poll(() => github.requests).toHaveLength(1);
    await github.close();
    expect(await call).toBeInstanceOf(TypeError);
    expect(github.requests[0]).toMatchObject({ method: 'GET', status: undefined });
  });
});
