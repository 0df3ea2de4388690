import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedGitHub, type GitHubApp, startGitHub } from '../src/index.ts';
import { OpenApiDescription } from './openapi-description.ts';
import { type Answer, call } from './runner-client.ts';

let now = Date.now();
let github: EmbeddedGitHub;
let app: GitHubApp;
let description: OpenApiDescription;

beforeAll(async () => {
  description = await OpenApiDescription.load('api.github.com');
  github = await startGitHub({
    repositories: ['octo/app', 'octo/web', 'acme/tools'],
    enterprises: { big: ['octo'] },
    now: () => now,
  });
  app = github.createApp([
    { account: 'octo' },
    { account: 'acme', permissions: { administration: 'read' } },
  ]);
});

afterAll(() => github.close());

type Claims = Partial<Record<'iss' | 'iat' | 'exp', unknown>>;

/** A JSON web token of the App, right but for what is given. */
function webToken(claims: Claims = {}, key: string = app.privateKey): string {
  expect(key).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
  const seconds = Math.floor(now / 1000);
  const right = { iss: app.clientId, iat: seconds - 60, exp: seconds + 540 };
  const text = [
    { alg: 'RS256', typ: 'JWT' },
    { ...right, ...claims },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

/** Calls with a token; what the description has against the exchange ends the test. */
async function api(
  token: string,
  path: string,
  options: { method?: string; body?: object } = {},
): Promise<Answer> {
  const authorization = `Bearer ${token}`;
  const answer = await call(`${github.url}/api/v3${path}`, { ...options, authorization });
  const { status, body, headers } = answer;
  const faults = description.check({
    method: options.method ?? 'GET',
    path,
    requestBody: options.body,
    status,
    contentType: headers.get('content-type'),
    body,
  });
  const described = description.match(options.method ?? 'GET', path) !== undefined && status < 300;
  expect(described ? faults : { request: [], response: [] }).toEqual({ request: [], response: [] });
  return answer;
}

async function installationToken(index: number, body?: object): Promise<Answer> {
  const path = `/app/installations/${app.installations[index]?.id}/access_tokens`;
  return api(webToken(), path, { method: 'POST', ...(body && { body }) });
}

const runners = (scope: string): string => `/${scope}/actions/runners`;

describe('an App', () => {
  it.each(['id', 'clientId'] as const)('is known by its %s', async (name) => {
    const token = webToken({ iss: String(app[name]) });
    const { status, body } = await api(token, '/app/installations');
    expect(status).toBe(200);
    expect(body).toMatchObject([
      { account: { login: 'octo' }, repository_selection: 'all' },
      { account: { login: 'acme' }, permissions: { administration: 'read' } },
    ]);
  });

  it('lists its installations in pages', async () => {
    const token = webToken();
    const { body, headers } = await api(token, '/app/installations?per_page=1&page=2');
    expect(body).toMatchObject([{ account: { login: 'acme' } }]);
    expect(headers.get('link')).toContain('rel="prev"');
  });

  it('finds the installation of a repository and of an organisation', async () => {
    const token = webToken();
    const [octo, acme] = app.installations;
    expect((await api(token, '/repos/octo/web/installation')).body.id).toBe(octo?.id);
    expect((await api(token, '/orgs/acme/installation')).body.id).toBe(acme?.id);
    expect((await api(token, '/orgs/none/installation')).status).toBe(404);
  });

  it.for<[string, Claims, number, RegExp]>([
    ['an unknown issuer', { iss: '1' }, 404, /Integration not found/],
    ['a life of more than 10 minutes', { exp: Math.floor(now / 1000) + 700 }, 401, /too far/],
    ['a life that is over', { exp: Math.floor(now / 1000) - 1 }, 401, /'exp'/],
    ['an issue in the future', { iat: Math.floor(now / 1000) + 120 }, 401, /'iat'/],
    ['an issue that is no number', { iat: 'now' }, 401, /'iat'/],
  ])('is refused with %s', async ([, claims, status, message]) => {
    const answer = await api(webToken(claims), '/app/installations');
    expect(answer.status).toBe(status);
    expect(answer.body.message).toMatch(message);
  });

  it('is refused with another key, and with another kind of token', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const foreign = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    for (const token of [webToken({}, foreign), github.token]) {
      // oxlint-disable-next-line no-await-in-loop -- two calls
      expect((await api(token, '/app/installations')).status).toBe(401);
    }
  });

  it('must be installed in what exists', () => {
    expect(() => github.createApp([{ account: 'none' }])).toThrow(RangeError);
    expect(() => github.createApp([{ account: 'octo', repositories: ['octo/x'] }])).toThrow(
      'octo/x',
    );
  });
});

describe('an installation token', () => {
  it('does what the installation may, for an hour', async () => {
    const { status, body } = await installationToken(0);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      token: expect.stringMatching(/^ghs_/),
      permissions: { administration: 'write', organization_self_hosted_runners: 'write' },
    });
    expect(Date.parse(body.expires_at) - now).toBeGreaterThan(3_598_000);
    expect((await api(body.token, runners('repos/octo/app'))).status).toBe(200);
    const mint = { method: 'POST' };
    const scope = runners('orgs/octo');
    expect((await api(body.token, `${scope}/registration-token`, mint)).status).toBe(201);
    expect((await api(body.token, runners('repos/acme/tools'))).status).toBe(404);
    expect((await api(body.token, runners('enterprises/big'))).status).toBe(404);
    now += 3_600_000;
    expect((await api(body.token, runners('repos/octo/app'))).status).toBe(401);
  });

  it('hears 403 for what the installation may not', async () => {
    const { token } = (await installationToken(1)).body;
    expect((await api(token, runners('repos/acme/tools'))).status).toBe(200);
    const writing = await api(token, `${runners('repos/acme/tools')}/registration-token`, {
      method: 'POST',
    });
    expect(writing).toMatchObject({
      status: 403,
      body: { message: 'Resource not accessible by integration' },
    });
    expect((await api(token, runners('orgs/acme'))).status).toBe(403);
  });

  it('can be narrower than its installation, never wider', async () => {
    const narrow = { repositories: ['app'], permissions: { administration: 'read' } };
    const { token } = (await installationToken(0, narrow)).body;
    expect((await api(token, runners('repos/octo/app'))).status).toBe(200);
    expect((await api(token, runners('repos/octo/web'))).status).toBe(404);
    expect((await installationToken(1, { permissions: { administration: 'write' } })).status).toBe(
      422,
    );
  });
});
