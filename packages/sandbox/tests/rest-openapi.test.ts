import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedGitHub, startGitHub } from '../src/index.ts';
import { type Faults, OpenApiDescription } from './openapi-description.ts';
import { type Answer, call, RunnerClient } from './runner-client.ts';

const exercised = new Set<string>();
let description: OpenApiDescription;
let github: EmbeddedGitHub;

beforeAll(async () => {
  // The only edition that describes enterprises; the others describe the same operations in the same way.
  description = await OpenApiDescription.load('ghec');
  github = await startGitHub({
    pollMs: 2_000,
    enterprises: { acme: ['octo'] },
    runnerGroups: [
      { scope: 'orgs/octo', name: 'ci' },
      { scope: 'enterprises/acme', name: 'ci' },
    ],
  });
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

describe.each(['repos/octo/app', 'orgs/octo', 'enterprises/acme'])(
  'every documented operation on the runners of %s',
  (scope) => {
    const root = `/${scope}/actions/runners`;
    let runner: RunnerClient;
    let count = 0;
    const label = (): string => `${scope.replaceAll('/', '-')}-${count}`;

    beforeEach(async () => {
      count += 1;
      const options = { labels: [label()], scope };
      runner = await RunnerClient.online(github, `runner-${count}`, options);
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
          { id: expect.any(Number), name: label(), type: 'custom' },
        ],
      });
    });

    it('get of a runner that has never connected: version is null', async () => {
      const fresh = new RunnerClient(github, `fresh-${count}`, scope);
      await fresh.register();
      const answer = await send('GET', `${root}/${fresh.id}`);
      expect(answer).toMatchObject(right(200));
      const { body } = answer;
      expect(body).toMatchObject({ version: null, status: 'offline' });
    });

    it('delete, refused while a job runs', async () => {
      github.queueJob({ name: 'build', labels: [label()], steps: [{ run: 'true' }] });
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
      expect(await send('DELETE', `${labels}/${label()}`)).toMatchObject(right(200));
      expect(await send('DELETE', `${labels}/${label()}`)).toMatchObject(right(404));
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
      expect(answer.body.runner).toMatchObject({
        os: 'unknown',
        status: 'offline',
        ephemeral: true,
      });
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

    it('deprecations', async () => {
      expect(await send('GET', `${root}/deprecations/2.300.0`)).toMatchObject(right(200));
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
  },
);

describe.each([
  ['orgs/octo', 2],
  ['enterprises/acme', 3],
])('runner groups of %s', (scope, id) => {
  const root = `/${scope}/actions/runner-groups`;

  it('list and get', async () => {
    const { body, ...rest } = await send('GET', root);
    expect(rest).toMatchObject(right(200));
    expect(body.runner_groups).toMatchObject([
      { id: 1, name: 'Default', default: true },
      { id, name: 'ci', default: false },
    ]);
    expect(await send('GET', `${root}/${id}`)).toMatchObject(right(200));
  });

  it('take runners in, list them, and give them back', async () => {
    const name = `grouped-${id}`;
    const runner = await RunnerClient.online(github, name, { scope, groupId: id });
    expect((await send('GET', `${root}/${id}/runners`)).body.runners).toMatchObject([{ name }]);
    expect(await send('DELETE', `${root}/${id}/runners/${runner.id}`)).toMatchObject(right(204));
    const empty = await send('GET', `${root}/${id}/runners`);
    expect(empty).toMatchObject({ ...right(200), body: { total_count: 0 } });
    expect(await send('PUT', `${root}/${id}/runners/${runner.id}`)).toMatchObject(right(204));
    expect(github.runners().at(-1)).toMatchObject({ name, groupId: id });
  });
});

it('leaves out no operation and no documented status', () => {
  const scopes = ['/repos/{owner}/{repo}', '/orgs/{org}', '/enterprises/{enterprise}'];
  const expected = scopes
    .flatMap((scope) => description.operations(`${scope}/actions/runners`))
    .flatMap((name) => description.statuses(name).map((status) => `${name} ${status}`))
    // What could be wrong with a call without any parameter is not documented.
    .filter((name) => !/^delete .*\/labels 422$/.test(name));
  expect(expected.length).toBeGreaterThan(60);
  expect(expected.filter((name) => !exercised.has(name))).toEqual([]);
});
