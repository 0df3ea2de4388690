import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedGitHub, startGitHub } from '../src/index.ts';
import { type Exchange, type Faults, OpenApiDescription } from './openapi-description.ts';
import { type Answer, call, RunnerClient } from './runner-client.ts';

const root = '/repos/octo/app/actions/runners';
const exercised = new Set<string>();
let description: OpenApiDescription;
let github: EmbeddedGitHub;

beforeAll(async () => {
  description = await OpenApiDescription.load();
  github = await startGitHub({ pollMs: 2_000 });
});

afterAll(() => github.close());

/** An answer, and what the description finds wrong with it and with its request. */
interface Verdict extends Faults {
  status: number;
  body: Answer['body'];
}

async function send(method: string, path: string, body?: unknown): Promise<Verdict> {
  const answer = await call(`${github.url}/api/v3${path}`, {
    method,
    authorization: `token ${github.token}`,
    body,
  });
  const { status, headers } = answer;
  const contentType = headers.get('content-type');
  exercised.add(`${description.match(method, path)?.name} ${status}`);
  const exchange = { method, path, requestBody: body, status, contentType, body: answer.body };
  return { status, body: answer.body, ...description.check(exchange) };
}

/** A request that the description allows, with the documented answer of this status. */
const right = (status: number): Partial<Verdict> => ({ status, request: [], response: [] });

/** A request that the description does not allow, with the documented answer of this status. */
const wrong = (status: number): Partial<Verdict> => ({
  status,
  request: expect.arrayContaining([expect.any(String)]),
  response: [],
});

describe('every documented operation on a repository’s runners', () => {
  let runner: RunnerClient;
  let count = 0;

  beforeEach(async () => {
    count += 1;
    runner = await RunnerClient.online(github, `runner-${count}`, { labels: ['linux'] });
  });

  it('registration-token and remove-token', async () => {
    expect(await send('POST', `${root}/registration-token`)).toMatchObject(right(201));
    expect(await send('POST', `${root}/remove-token`)).toMatchObject(right(201));
  });

  it('list', async () => {
    expect(await send('GET', root)).toMatchObject(right(200));
    expect(await send('GET', `${root}?name=${runner.name}&per_page=1&page=1`)).toMatchObject(
      right(200),
    );
  });

  it('get', async () => {
    const answer = await send('GET', `${root}/${runner.id}`);
    expect(answer).toMatchObject(right(200));
    const { body } = answer;
    expect(body).toEqual({
      id: runner.id,
      name: runner.name,
      os: 'linux',
      status: 'online',
      busy: false,
      ephemeral: false,
      runner_group_id: 1,
      version: '2.336.0',
      labels: [
        { id: expect.any(Number), name: 'self-hosted', type: 'read-only' },
        { id: expect.any(Number), name: 'linux', type: 'custom' },
      ],
    });
  });

  it('get of a runner that has never connected: version is null', async () => {
    const fresh = new RunnerClient(github, `fresh-${count}`);
    await fresh.register();
    const answer = await send('GET', `${root}/${fresh.id}`);
    expect(answer).toMatchObject(right(200));
    const { body } = answer;
    expect(body).toMatchObject({ version: null, status: 'offline' });
  });

  it('delete, refused while a job runs', async () => {
    github.queueJob({ name: 'build', labels: ['linux'], steps: [{ run: 'true' }] });
    const { jobId } = (await runner.acquire(await runner.nextRequest())).body;
    expect(await send('DELETE', `${root}/${runner.id}`)).toMatchObject(right(422));
    const end = { jobId, conclusion: 'succeeded', outputs: {}, stepResults: [] };
    await runner.run('completejob', end);
    expect(await send('DELETE', `${root}/${runner.id}`)).toMatchObject(right(204));
  });

  it('labels: list, add, set', async () => {
    const labels = `${root}/${runner.id}/labels`;
    expect(await send('GET', labels)).toMatchObject(right(200));
    for (const method of ['POST', 'PUT']) {
      expect(await send(method, labels, { labels: ['gpu'] })).toMatchObject(right(200));
      expect(await send(method, labels, { labels: 'gpu' })).toMatchObject(wrong(422));
      expect(await send(method, labels, { labels: [7] })).toMatchObject(wrong(422));
      expect(await send(method, labels, {})).toMatchObject(wrong(422));
      expect(
        await send(method, labels, {
          labels: Array.from({ length: 101 }, (_, n) => `l${n}`),
        }),
      ).toMatchObject(wrong(422));
    }
    expect(await send('POST', labels, { labels: [] })).toMatchObject(wrong(422));
    expect(await send('PUT', labels, { labels: [] })).toMatchObject(right(200));
  });

  it('labels: remove one, remove all', async () => {
    const labels = `${root}/${runner.id}/labels`;
    expect(await send('DELETE', `${labels}/linux`)).toMatchObject(right(200));
    expect(await send('DELETE', `${labels}/linux`)).toMatchObject(right(404));
    expect(await send('DELETE', `${labels}/self-hosted`)).toMatchObject(right(422));
    expect(await send('DELETE', labels)).toMatchObject(right(200));
  });

  it('labels of a runner that does not exist', async () => {
    const labels = `${root}/99999/labels`;
    expect(await send('GET', labels)).toMatchObject(right(404));
    expect(await send('POST', labels, { labels: ['gpu'] })).toMatchObject(right(404));
    expect(await send('PUT', labels, { labels: ['gpu'] })).toMatchObject(right(404));
    expect(await send('DELETE', labels)).toMatchObject(right(404));
    expect(await send('DELETE', `${labels}/gpu`)).toMatchObject(right(404));
  });

  it('generate-jitconfig', async () => {
    const url = `${root}/generate-jitconfig`;
    const body = { name: `jit-${count}`, runner_group_id: 1, labels: ['self-hosted', 'gpu'] };
    const answer = await send('POST', url, body);
    expect(answer).toMatchObject(right(201));
    expect(answer.body.runner).toMatchObject({ os: 'unknown', status: 'offline', ephemeral: true });
    expect(await send('POST', url, body)).toMatchObject(right(409));
    expect(await send('POST', url, { ...body, name: 'other', runner_group_id: 7 })).toMatchObject(
      right(404),
    );
    expect(await send('POST', url, { ...body, labels: [] })).toMatchObject(wrong(422));
    expect(await send('POST', url, { ...body, runner_group_id: 'Default' })).toMatchObject(
      wrong(422),
    );
    expect(await send('POST', url, { runner_group_id: 1, labels: ['gpu'] })).toMatchObject(
      wrong(422),
    );
  });

  it('downloads', async () => {
    expect(await send('GET', `${root}/downloads`)).toMatchObject(right(200));
  });

  it('answers errors that the description leaves out in the same form', async () => {
    const missing = await send('GET', `${root}/99999`);
    const foreign = await send('GET', '/repos/octo/none/actions/runners');
    const anonymous = await call(`${github.url}/api/v3${root}`);
    const unparsable = await fetch(`${github.url}/api/v3${root}/${runner.id}/labels`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${github.token}` },
      body: '{',
    });
    expect([missing.status, foreign.status, anonymous.status]).toEqual([404, 404, 401]);
    expect(unparsable.status).toBe(400);
    for (const { body } of [missing, foreign, anonymous, { body: await unparsable.json() }]) {
      expect(description.checkBasicError(body)).toEqual([]);
    }
  });
});

it('leaves out no operation and no documented status', () => {
  const expected = description
    .operations('/repos/{owner}/{repo}/actions/runners')
    .flatMap((name) => description.statuses(name).map((status) => `${name} ${status}`));
  expect(expected.length).toBeGreaterThan(20);
  expect(expected.filter((name) => !exercised.has(name))).toEqual([]);
});

describe('the validator', () => {
  const good: Exchange = {
    method: 'GET',
    path: `${root}/5`,
    requestBody: undefined,
    status: 200,
    contentType: 'application/json',
    body: {
      id: 5,
      name: 'a',
      os: 'linux',
      status: 'online',
      busy: false,
      labels: [],
      version: null,
    },
  };

  it('acquits a right exchange', () => {
    expect(description.check(good)).toEqual({ request: [], response: [] });
  });

  it.for<[string, Partial<Exchange>, string]>([
    ['a missing field', { body: { id: 5 } }, "must have required property 'name'"],
    ['a wrong type', { body: { ...(good.body as object), id: '5' } }, '/id must be integer'],
    [
      'null where it is not allowed',
      { body: { ...(good.body as object), os: null } },
      '/os must be',
    ],
    [
      'a wrong label',
      { body: { ...(good.body as object), labels: [{ name: 'a', type: 'x' }] } },
      '/labels/0/type',
    ],
    ['an undocumented status', { status: 418 }, 'status 418 is not documented'],
    ['a wrong content type', { contentType: 'text/plain' }, 'content type text/plain'],
    ['a body after 204', { method: 'DELETE', status: 204 }, 'has a body'],
    [
      'a date that is none',
      {
        method: 'POST',
        path: `${root}/remove-token`,
        status: 201,
        body: { token: 'x', expires_at: 'tomorrow' },
      },
      '/expires_at must match format',
    ],
  ])('convicts %s', ([, change, fault]) => {
    expect(description.check({ ...good, ...change }).response.join()).toContain(fault);
  });

  it.for<[string, Partial<Exchange>, string]>([
    ['an unknown path', { path: '/repos/octo/app/actions/runner' }, 'no such operation'],
    ['an unknown query', { path: `${root}?nome=x` }, 'nome is not documented'],
    ['a page that is none', { path: `${root}?page=x` }, 'must be integer'],
    ['a body where none is taken', { requestBody: {} }, 'a body is not documented'],
  ])('convicts %s', ([, change, fault]) => {
    expect(description.check({ ...good, ...change }).request.join()).toContain(fault);
  });
});
