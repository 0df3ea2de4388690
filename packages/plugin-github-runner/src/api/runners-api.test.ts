import { ConfigurationError, RunnerError, type Logger } from '@ci-runner/core';
import { describe, expect, it } from 'vitest';
import { scriptedTransport, type Reply } from '../../tests/scripted-transport.ts';
import { simulatedClock } from '../../tests/simulated-clock.ts';
import { createApiClient } from './client.ts';
import { tokenCredentials, type Credentials } from './credentials/credentials.ts';
import { createRunnersApi } from './runners-api.ts';
import type { Scope } from './scope.ts';
import { createSend } from './send-request.ts';

const quiet: Logger = { info: () => {}, warn: () => {}, error: () => {}, child: () => quiet };

const app: Credentials = {
  kind: 'app',
  what: 'the GitHub App 7 (GH_APP_ID)',
  authorize: async () => ({ authorization: 'Bearer ghs_x' }),
  renew: () => false,
};

const repository: Scope = { kind: 'repository', name: 'octo/app' };
const organization: Scope = { kind: 'organization', name: 'octo' };
const enterprise: Scope = { kind: 'enterprise', name: 'corp' };

const start = (
  scope: Scope,
  replies: Reply[],
  credentials: Credentials = tokenCredentials('t'),
) => {
  const { transport, calls } = scriptedTransport(() => replies.shift() ?? { status: 500 });
  const client = createApiClient({ send: createSend('https://a.example', transport), credentials });
  const clock = simulatedClock();
  const api = createRunnersApi({ client, scope });
  const token = async () => api.createRegistrationToken({ clock, log: quiet, end: 70 * 60_000 });
  return { api, calls, clock, token };
};

it.each([
  [repository, '/repos/octo/app'],
  [organization, '/orgs/octo'],
  [enterprise, '/enterprises/corp'],
])('makes its calls in %j', async (scope, path) => {
  const { api, calls, token } = start(scope, [
    { status: 201, body: { token: 'A1', expires_at: '2026-01-01T00:00:00.000-08:00' } },
    { status: 200, body: { runners: [{ id: 3, name: 'a b' }] } },
    { status: 200, body: { labels: [{ name: 'self-hosted' }] } },
    { status: 204 },
  ]);
  expect(await token()).toEqual({ token: 'A1', expiresAt: Date.parse('2026-01-01T08:00:00Z') });
  expect(await api.findRunner('a b')).toMatchObject({ id: 3 });
  expect(await api.removeLabels(3)).toMatchObject({ remaining: ['self-hosted'] });
  expect(await api.deleteRunner(3)).toMatchObject({ status: 204 });
  expect(calls()).toEqual([
    `POST ${path}/actions/runners/registration-token`,
    `GET ${path}/actions/runners?name=a%20b`,
    `DELETE ${path}/actions/runners/3/labels`,
    `DELETE ${path}/actions/runners/3`,
  ]);
});

describe('a refusal names the permission to grant', () => {
  it.each<[Credentials, Scope, RegExp]>([
    [
      tokenCredentials('t'),
      repository,
      /GH_TOKEN for repository octo\/app.*"Administration: Read and write".*"repo"/,
    ],
    [
      tokenCredentials('t'),
      organization,
      /"Self-hosted runners: Read and write".*"admin:org".*GH_ORGANIZATION/,
    ],
    [tokenCredentials('t'), enterprise, /"manage_runners:enterprise".*GH_ENTERPRISE/],
    [
      app,
      repository,
      /GitHub App 7 .*repository permission "Administration: Read and write".*installed/,
    ],
    [app, organization, /organization permission "Self-hosted runners: Read and write".*installed/],
    [app, enterprise, /enterprise permission for self-hosted runners/],
  ])('of %j in %j', async (credentials, scope, words) => {
    for (const status of [401, 403, 404]) {
      const body = { message: 'Resource not accessible' };
      const { token, calls } = start(scope, [{ status, body }], credentials);
      const error: unknown = await token().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(RunnerError);
      expect(error).toMatchObject({ code: 'CREDENTIALS_REFUSED' });
      expect((error as Error).message).toMatch(words);
      expect((error as Error).message).toContain(`(${status} Resource not accessible)`);
      expect(calls()).toHaveLength(1);
    }
  });

  it('but not where the scope has moved', async () => {
    const { token } = start(organization, [{ status: 301 }]);
    await expect(token()).rejects.toThrow(ConfigurationError);
  });
});

it('waits out limits and failures, and spreads its return', async () => {
  const { token, clock } = start(repository, [
    { status: 403, headers: { 'retry-after': '60' } },
    { status: 429, headers: { 'retry-after': '60' } },
    new Error('reset'),
    { status: 201, body: 'a proxy says hello' },
    { status: 201, body: { token: 'A1', expires_at: '2026-01-01T00:00:00Z' } },
  ]);
  expect(await token()).toMatchObject({ token: 'A1' });
  const [first = 0, second = 0, ...others] = clock.slept;
  expect(first).toBeGreaterThanOrEqual(60_000);
  expect(first).toBeLessThanOrEqual(360_000);
  expect(second).toBeGreaterThanOrEqual(60_000);
  expect(second).toBeLessThanOrEqual(420_000);
  expect(others).toHaveLength(2);
});

it('is unavailable when GitHub stays away until the end of the patience', async () => {
  const { token } = start(repository, []);
  await expect(token()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
});

const page = (name: string, next?: number): Reply => ({
  status: 200,
  body: { runners: [{ id: name.length, name }] },
  headers: next ? { link: `<https://a.example/x?name=own&page=${next}>; rel="next"` } : {},
});

it('finds a runner on a later page of a GitHub that lists all of them', async () => {
  const { api, calls } = start(organization, [page('other', 2), page('own')]);
  expect(await api.findRunner('own')).toMatchObject({ id: 3 });
  expect(calls().at(-1)).toBe('GET /orgs/octo/actions/runners?name=own&page=2');
  expect(await start(organization, [page('a', 2), page('b')]).api.findRunner('own')).toMatchObject({
    id: null,
  });
  const torn = await start(organization, [page('a', 2)]).api.findRunner('own');
  expect(torn).toMatchObject({ outcome: { status: 500 }, id: undefined });
});
