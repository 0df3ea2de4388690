import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  scriptedTransport,
  type Reply,
  type SentRequest,
} from '../../../tests/scripted-transport.ts';
import type { Scope } from '../scope.ts';
import { createSend } from '../send-request.ts';
import { createAppCredentials } from './app-credentials.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const HOUR = 3_600_000;
const START = Date.parse('2026-01-01T00:00:00Z');

const start = (
  scope: Scope,
  {
    reply,
    installationId,
  }: { reply?: (request: SentRequest) => Reply; installationId?: number } = {},
) => {
  let now = START;
  let minted = 0;
  const network = scriptedTransport((request) => {
    const scripted = reply?.(request);
    if (scripted) return scripted;
    if (request.path.endsWith('/installation')) return { status: 200, body: { id: 77 } };
    minted += 1;
    const expires_at = new Date(now + HOUR).toISOString();
    return { status: 201, body: { token: `ghs_${minted}`, expires_at } };
  });
  const credentials = createAppCredentials(
    { appId: '123', privateKey, installationId, scope },
    {
      send: createSend('https://api.acme.example', network.transport),
      clock: { now: () => now, sleep: async () => {} },
    },
  );
  return { ...network, credentials, pass: (ms: number) => void (now += ms) };
};

const repository: Scope = { kind: 'repository', name: 'octo/app' };
const enterprise: Scope = { kind: 'enterprise', name: 'corp' };
const mint = (id: number): string => `POST /app/installations/${id}/access_tokens`;

const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());

it('proves to be the App with a token that GitHub takes', async () => {
  const { credentials, sent } = start(repository);
  await credentials.authorize();
  const [head = '', claims = '', signature = ''] =
    /^Bearer (\S+)$/.exec(sent[0]?.headers['authorization'] ?? '')?.[1]?.split('.') ?? [];
  expect(read(head)).toEqual({ alg: 'RS256', typ: 'JWT' });
  const seconds = START / 1_000;
  expect(read(claims)).toEqual({ iss: '123', iat: seconds - 60, exp: seconds + 540 });
  const bytes = Buffer.from(signature, 'base64url');
  const signed = Buffer.from(`${head}.${claims}`);
  expect(verify('sha256', signed, createPublicKey(privateKey), bytes)).toBe(true);
});

it.each<[Scope, string]>([
  [repository, 'GET /repos/octo/app/installation'],
  [{ kind: 'organization', name: 'octo' }, 'GET /orgs/octo/installation'],
  [enterprise, 'GET /enterprises/corp/installation'],
])('finds the installation of %j', async (scope, call) => {
  const { credentials, calls } = start(scope);
  expect(await credentials.authorize()).toEqual({ authorization: 'Bearer ghs_1' });
  expect(calls()).toEqual([call, mint(77)]);
});

it('takes the installation that is given', async () => {
  const { credentials, calls } = start(repository, { installationId: 5 });
  await credentials.authorize();
  expect(calls()).toEqual([mint(5)]);
});

const page = (id: number, account: object, link?: string): Reply => ({
  status: 200,
  body: [{ id, account }],
  headers: link === undefined ? {} : { link },
});

it('looks for an enterprise among all installations, page by page, where no call finds it', async () => {
  const next = '<https://api.acme.example/app/installations?per_page=100&page=2>; rel="next"';
  const { credentials, calls } = start(enterprise, {
    reply: ({ path }) => {
      if (path.startsWith('/enterprises/')) return { status: 404 };
      if (path === '/app/installations?per_page=100') return page(1, { login: 'octo' }, next);
      return path.endsWith('page=2') ? page(9, { slug: 'Corp' }) : { status: 201, body: {} };
    },
  });
  await credentials.authorize();
  expect(calls()).toEqual([
    'GET /enterprises/corp/installation',
    'GET /app/installations?per_page=100',
    'GET /app/installations?per_page=100&page=2',
    mint(9),
  ]);
});

it('says that the App is not installed there', async () => {
  const missing = start(repository, {
    reply: () => ({ status: 404, body: { message: 'Not Found' } }),
  });
  expect(await missing.credentials.authorize()).toMatchObject({
    outcome: { status: 404, message: 'no installation in repository octo/app: Not Found' },
  });
  const elsewhere = start(enterprise, {
    reply: ({ path }) =>
      path.startsWith('/app') ? { status: 200, body: [{ id: 1, account: null }] } : { status: 404 },
  });
  expect(await elsewhere.credentials.authorize()).toMatchObject({
    outcome: { status: 404, message: 'no installation in enterprise corp' },
  });
});

it('follows a list that goes in circles to an end', async () => {
  const link = '<https://api.acme.example/app/installations?page=1>; rel="next"';
  const { credentials } = start(enterprise, {
    reply: ({ path }) =>
      path.startsWith('/app') ? page(1, { login: 'octo' }, link) : { status: 404 },
  });
  expect(await credentials.authorize()).toMatchObject({ outcome: { status: 404 } });
});

it('keeps the token until shortly before its end, and asks once for many requests', async () => {
  const { credentials, calls, pass } = start(repository);
  const many = await Promise.all([credentials.authorize(), credentials.authorize()]);
  expect(many).toEqual([{ authorization: 'Bearer ghs_1' }, { authorization: 'Bearer ghs_1' }]);
  pass(54 * 60_000);
  expect(await credentials.authorize()).toEqual({ authorization: 'Bearer ghs_1' });
  pass(2 * 60_000);
  expect(await credentials.authorize()).toEqual({ authorization: 'Bearer ghs_2' });
  expect(calls()).toHaveLength(3);
});

it('gets another token for one that GitHub has refused, but only for that one', async () => {
  const { credentials } = start(repository);
  await credentials.authorize();
  expect(credentials.renew('Bearer ghs_1')).toBe(true);
  expect(await credentials.authorize()).toEqual({ authorization: 'Bearer ghs_2' });
  expect(credentials.renew('Bearer ghs_1')).toBe(true);
  expect(await credentials.authorize()).toEqual({ authorization: 'Bearer ghs_2' });
});

it('tries again after a failure, and finds an App that was installed anew', async () => {
  const statuses = [200, 404, 200, 502, 201];
  const { credentials, calls } = start(repository, {
    reply: () => {
      const status = statuses.shift() ?? 500;
      const body =
        status === 200 ? { id: 77 } : { token: 'ghs_9', expires_at: '2026-01-01T01:00:00Z' };
      return { status, body };
    },
  });
  expect(await credentials.authorize()).toMatchObject({ outcome: { status: 404 } });
  expect(await credentials.authorize()).toMatchObject({ outcome: { status: 502 } });
  expect(await credentials.authorize()).toEqual({ authorization: 'Bearer ghs_9' });
  const find = 'GET /repos/octo/app/installation';
  expect(calls()).toEqual([find, mint(77), find, mint(77), mint(77)]);
});
