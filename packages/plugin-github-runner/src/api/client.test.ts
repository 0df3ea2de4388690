import { expect, it } from 'vitest';
import { scriptedTransport, type Reply, type SentRequest } from '../../tests/scripted-transport.ts';
import { createApiClient } from './client.ts';
import { tokenCredentials, type Credentials } from './credentials/credentials.ts';
import { createSend } from './send-request.ts';

const API = 'https://api.acme.example';

const start = (
  reply: (request: SentRequest) => Reply,
  credentials: Credentials = tokenCredentials('ghp_x'),
) => {
  const { transport, sent, calls } = scriptedTransport(reply);
  const client = createApiClient({ send: createSend(API, transport), credentials });
  return { client, sent, calls };
};

it('sends the token and what GitHub asks for, and a body as JSON', async () => {
  const { client, sent } = start(() => ({ status: 201, body: { message: 'made' } }));
  const answer = await client.request({ method: 'POST', path: '/x', body: { name: 'a' } });
  expect(answer).toMatchObject({ status: 201, message: 'made', body: { message: 'made' } });
  expect(sent[0]?.body).toEqual({ name: 'a' });
  expect(sent[0]?.headers).toMatchObject({
    accept: 'application/vnd.github+json',
    authorization: 'Bearer ghp_x',
    'content-type': 'application/json',
    'user-agent': 'ci-runner',
    'x-github-api-version': '2022-11-28',
  });
});

it('tells a broken connection by its code', async () => {
  const { client } = start(() => Object.assign(new Error('read'), { code: 'ECONNRESET' }));
  expect(await client.request({ method: 'GET', path: '/x' })).toEqual({
    status: undefined,
    message: 'ECONNRESET',
  });
});

it('rejects with the reason of its signal only', async () => {
  const { client } = start(() => ({ status: 200 }));
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(client.request({ method: 'GET', path: '/x' }, signal)).rejects.toThrow('enough');
});

it('makes a repeated GET conditional and has the answer from before after a 304', async () => {
  let version = 1;
  const { client, sent } = start(({ headers }) =>
    headers['if-none-match'] === `"${version}"`
      ? { status: 304 }
      : { status: 200, body: { version }, headers: { etag: `"${version}"` } },
  );
  const get = async () => (await client.request({ method: 'GET', path: '/list?page=1' })) as object;
  expect(await get()).toMatchObject({ status: 200, body: { version: 1 } });
  expect(await get()).toMatchObject({ status: 200, body: { version: 1 } });
  version = 2;
  expect(await get()).toMatchObject({ status: 200, body: { version: 2 } });
  expect(sent.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"1"', '"1"']);
});

it('asks nothing under a condition but a GET of the same path', async () => {
  const { client, sent } = start(() => ({ status: 200, headers: { etag: '"1"' } }));
  await client.request({ method: 'GET', path: '/a' });
  await client.request({ method: 'GET', path: '/b' });
  await client.request({ method: 'DELETE', path: '/a' });
  expect(sent.map(({ headers }) => headers['if-none-match'])).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

const account = (remaining: string, resource: string) => ({
  'x-ratelimit-limit': '5000',
  'x-ratelimit-remaining': remaining,
  'x-ratelimit-reset': '1700000000',
  'x-ratelimit-resource': resource,
});

it('keeps the account of the primary rate limit', async () => {
  const replies = [account('4321', 'core'), account('9', 'actions_runner_registration'), {}];
  const { client } = start(() => ({ status: 200, headers: replies.shift() ?? {} }));
  expect(client.budget()).toBeUndefined();
  const budget = { limit: 5_000, remaining: 4_321, resetAt: 1_700_000_000_000 };
  for (let call = 0; call < 3; call += 1) {
    await client.request({ method: 'GET', path: '/x' });
    expect(client.budget()).toEqual(budget);
  }
});

it.each([
  [true, [401, 200], 200, ['Bearer 1', 'Bearer 2']],
  [true, [401, 401], 401, ['Bearer 1', 'Bearer 2']],
  [false, [401, 200], 401, ['Bearer 1']],
])('after a 401 tries renewed credentials once (renewable: %s)', async (...row) => {
  const [renewable, statuses, ended, used] = row;
  let drawn = 0;
  const { client, sent } = start(() => ({ status: statuses.shift() ?? 500 }), {
    kind: 'app',
    what: 'an App',
    authorize: async () => ({ authorization: `Bearer ${(drawn += 1)}` }),
    renew: () => renewable,
  });
  expect(await client.request({ method: 'GET', path: '/x' })).toMatchObject({ status: ended });
  expect(sent.map(({ headers }) => headers['authorization'])).toEqual(used);
});

it('hands on why there are no credentials', async () => {
  const outcome = { status: undefined, message: 'no token' } as const;
  const { client, sent } = start(() => ({ status: 200 }), {
    kind: 'app',
    what: 'an App',
    authorize: async () => ({ outcome }),
    renew: () => true,
  });
  expect(await client.request({ method: 'GET', path: '/x' })).toEqual(outcome);
  expect(sent).toEqual([]);
});

it.each(['GET', 'DELETE'] as const)('follows a %s that has moved within GitHub', async (method) => {
  const { client, calls } = start(({ path }) =>
    path === '/old'
      ? { status: 301, headers: { location: `${API}/repositories/1` } }
      : { status: 200 },
  );
  expect(await client.request({ method, path: '/old' })).toMatchObject({ status: 200 });
  expect(calls()).toEqual([`${method} /old`, `${method} /repositories/1`]);
});

it.each([
  ['a POST', 'POST', `${API}/new`],
  ['a redirect to another host', 'GET', 'https://elsewhere.example/'],
  ['a redirect to nowhere', 'GET', undefined],
] as const)('does not follow %s', async (_, method, location) => {
  const { client, sent } = start(() => ({ status: 302, headers: location ? { location } : {} }));
  expect(await client.request({ method, path: '/old' })).toMatchObject({ status: 302 });
  expect(sent).toHaveLength(1);
});

it('tells where a redirect leads that it does not follow, but for what that may hold', async () => {
  const location = 'https://ghe.example:8443/login?token=x';
  const { client, sent } = start(() => ({ status: 302, headers: { location } }));
  const outcome = await client.request({ method: 'GET', path: '/x' });
  expect(outcome).toMatchObject({
    status: 302,
    message:
      'a redirect to https://ghe.example:8443: set GH_HOST=https://ghe.example:8443 if that is your GitHub',
  });
  expect(sent).toHaveLength(1);
});

it('a redirect to what is no address of HTTP tells no GH_HOST', async () => {
  const { client } = start(() => ({
    status: 302,
    headers: { location: 'mailto:ops@ghe.example' },
  }));
  const { message } = await client.request({ method: 'GET', path: '/x' });
  expect(message).not.toContain('GH_HOST');
});

it('does not follow a redirect in circles for ever', async () => {
  const { client, sent } = start(() => ({ status: 302, headers: { location: '/old' } }));
  expect(await client.request({ method: 'GET', path: '/old' })).toMatchObject({ status: 302 });
  expect(sent).toHaveLength(6);
});
