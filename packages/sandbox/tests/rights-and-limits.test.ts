import { afterEach, describe, expect, it } from 'vitest';
import {
  type EmbeddedGitHub,
  type GitHubOptions,
  startGitHub,
  type TokenSpec,
} from '../src/index.ts';
import { type Answer, rest } from './runner-client.ts';

let now = Date.now();
let github: EmbeddedGitHub;

async function start(options: GitHubOptions = {}): Promise<void> {
  github = await startGitHub({ now: () => now, enterprises: { big: ['octo'] }, ...options });
}

afterEach(() => github.close());

const mint = (scope: string, token: string): Promise<Answer> =>
  rest(github, '/registration-token', { method: 'POST', scope, authorization: `Bearer ${token}` });

describe('a personal access token', () => {
  it.for<[TokenSpec, Record<string, number>]>([
    [{}, { 'repos/octo/app': 201, 'orgs/octo': 201, 'enterprises/big': 201 }],
    [{ scopes: ['orgs/octo'] }, { 'repos/octo/app': 404, 'orgs/octo': 201 }],
    [{ kind: 'fine-grained' }, { 'repos/octo/app': 201, 'orgs/octo': 201, 'enterprises/big': 403 }],
    [
      { kind: 'fine-grained', permissions: { administration: 'read' } },
      { 'repos/octo/app': 403, 'orgs/octo': 403 },
    ],
  ])('%o', async ([spec, statuses]) => {
    await start();
    const token = github.issueToken(spec);
    for (const [scope, status] of Object.entries(statuses)) {
      // oxlint-disable-next-line no-await-in-loop -- a few calls
      expect([scope, (await mint(scope, token)).status]).toEqual([scope, status]);
    }
  });

  it('may read where it has that right, and ends with its life', async () => {
    await start();
    const token = github.issueToken({
      kind: 'fine-grained',
      permissions: { administration: 'read' },
      lifetimeMs: 1_000,
    });
    const authorization = `Bearer ${token}`;
    expect((await rest(github, '', { authorization })).status).toBe(200);
    now += 1_000;
    expect((await rest(github, '', { authorization })).status).toBe(401);
  });
});

describe('rate limits', () => {
  it('are no obstacle by default', async () => {
    await start();
    for (let call = 0; call < 20; call += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect((await mint('repos/octo/app', github.token)).status).toBe(201);
    }
  });

  it('run out after so many calls in an hour, for each token alone', async () => {
    await start({ rateLimit: { perHour: 2 } });
    expect((await rest(github, '')).headers.get('x-ratelimit-remaining')).toBe('1');
    await rest(github, '');
    const { status, body, headers } = await rest(github, '');
    expect(status).toBe(403);
    expect(body.message).toMatch(/^API rate limit exceeded/);
    expect(headers.get('x-ratelimit-limit')).toBe('2');
    expect(headers.get('x-ratelimit-remaining')).toBe('0');
    expect(headers.get('retry-after')).toBeNull();
    const reset = Number(headers.get('x-ratelimit-reset')) * 1000;
    expect(reset - now).toBeGreaterThan(3_500_000);
    const other = `Bearer ${github.issueToken()}`;
    expect((await rest(github, '', { authorization: other })).status).toBe(200);
    now = reset;
    expect((await rest(github, '')).status).toBe(200);
  });

  it('run out after so many points in a minute', async () => {
    await start({ rateLimit: { pointsPerMinute: 11 } });
    const statuses: number[] = [];
    for (let call = 0; call < 3; call += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      statuses.push((await mint('repos/octo/app', github.token)).status);
    }
    expect(statuses).toEqual([201, 201, 403]);
    expect((await rest(github, '')).status).toBe(200);
    const { status, body, headers } = await rest(github, '');
    expect([status, body.message]).toEqual([403, expect.stringContaining('secondary rate limit')]);
    now += Number(headers.get('retry-after')) * 1000;
    expect((await rest(github, '')).status).toBe(200);
  });
});
