import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedGitHub, startGitHub } from '../src/index.ts';
import { type Answer, rest, RunnerClient } from './runner-client.ts';

let github: EmbeddedGitHub;

beforeEach(async () => {
  github = await startGitHub();
});

afterEach(() => github.close());

async function registered(name: string): Promise<RunnerClient> {
  const runner = new RunnerClient(github, name);
  await runner.register();
  return runner;
}

async function names(query: string): Promise<[string[], string | null]> {
  const { body, headers } = await rest(github, query);
  expect(body.total_count).toBe(5);
  return [body.runners.map((runner: { name: string }) => runner.name), headers.get('link')];
}

const page = (number: number): string =>
  `<${github.url}/api/v3/repos/octo/app/actions/runners?per_page=2&page=${number}>`;

const left = ({ headers }: Answer): number => Number(headers.get('x-ratelimit-remaining'));

describe('the list', () => {
  it('comes in pages that link to each other', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await registered(name);
    expect(await names('?per_page=2')).toEqual([
      ['a', 'b'],
      `${page(2)}; rel="next", ${page(3)}; rel="last"`,
    ]);
    expect(await names('?per_page=2&page=2')).toEqual([
      ['c', 'd'],
      `${page(1)}; rel="prev", ${page(3)}; rel="next", ${page(3)}; rel="last", ${page(1)}; rel="first"`,
    ]);
    expect(await names('?per_page=2&page=3')).toEqual([
      ['e'],
      `${page(2)}; rel="prev", ${page(1)}; rel="first"`,
    ]);
    expect(await names('?per_page=2&page=9')).toEqual([
      [],
      `${page(3)}; rel="prev", ${page(1)}; rel="first"`,
    ]);
    expect(await names('')).toEqual([['a', 'b', 'c', 'd', 'e'], null]);
  });

  it('is filtered by the exact name', async () => {
    await registered('one');
    await registered('one-more');
    const { body } = await rest(github, '?name=one');
    expect(body.total_count).toBe(1);
    expect((await rest(github, '?name=on')).body).toEqual({ total_count: 0, runners: [] });
  });
});

describe('conditional requests', () => {
  it('answer 304 until something changes, at no cost', async () => {
    const { id } = await registered('one');
    const first = await rest(github, `/${id}`);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).not.toBe('');
    const headers = { 'if-none-match': etag };
    const second = await rest(github, `/${id}`, { headers });
    expect(second).toMatchObject({ status: 304, body: undefined });
    expect(left(second)).toBe(left(first));
    await rest(github, `/${id}/labels`, { method: 'PUT', body: { labels: ['new'] } });
    const third = await rest(github, `/${id}`, { headers });
    expect(third.status).toBe(200);
    expect(left(third)).toBe(left(first) - 2);
  });

  it('come with a sane rate limit', async () => {
    const { headers } = await rest(github, '');
    const value = (name: string): number => Number(headers.get(`x-ratelimit-${name}`));
    expect(value('limit')).toBe(5000);
    expect(value('used') + value('remaining')).toBe(5000);
    expect(value('reset') * 1000).toBeGreaterThan(Date.now());
    expect(headers.get('x-ratelimit-resource')).toBe('core');
  });
});
