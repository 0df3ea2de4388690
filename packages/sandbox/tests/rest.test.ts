import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedGitHub, startGitHub } from '../src/index.ts';
import { call, rest, RunnerClient } from './runner-client.ts';

let now = Date.now();
let github: EmbeddedGitHub;

beforeEach(async () => {
  now = Date.now();
  github = await startGitHub({ repositories: ['octo/app', 'acme/tools'], now: () => now });
});

afterEach(() => github.close());

async function tokenFor(kind: 'registration' | 'remove'): Promise<string> {
  return (await rest(github, `/${kind}-token`, { method: 'POST' })).body.token;
}

async function registered(name: string, labels?: string[]): Promise<RunnerClient> {
  const runner = new RunnerClient(github, name);
  expect((await runner.register({ ...(labels && { labels }) })).status).toBe(200);
  return runner;
}

describe('authentication', () => {
  it.for(['Bearer X', 'token X', 'bearer X'])(
    'takes the personal access token as %s',
    async (form) => {
      const authorization = form.replace('X', github.token);
      expect((await rest(github, '', { authorization })).status).toBe(200);
    },
  );

  it('takes it as the password of basic authentication, as `config.sh --pat` sends it', async () => {
    const credentials = Buffer.from(`github:${github.token}`).toString('base64');
    expect((await rest(github, '', { authorization: `Basic ${credentials}` })).status).toBe(200);
  });

  it.for(['Bearer wrong', 'Basic eDp5', '', 'RemoteAuth wrong'])(
    'refuses "%s"',
    async (authorization) => {
      expect(await rest(github, '', { authorization })).toMatchObject({
        status: 401,
        body: { message: 'Bad credentials' },
      });
    },
  );

  it('takes the token it was started with', async () => {
    const own = await startGitHub({ token: 'ghp_mine' });
    expect(own.token).toBe('ghp_mine');
    expect((await rest(own, '')).status).toBe(200);
    await own.close();
  });

  it('hides other repositories, and ignores case in names', async () => {
    const authorization = `Bearer ${github.token}`;
    const status = async (path: string): Promise<number> =>
      (await call(`${github.url}/api/v3/repos/${path}/actions/runners`, { authorization })).status;
    expect(await status('octo/none')).toBe(404);
    expect(await status('Octo/App')).toBe(200);
  });

  it('keeps the runners of one repository out of the other', async () => {
    const { id } = await registered('one');
    const authorization = `Bearer ${github.token}`;
    const base = `${github.url}/api/v3/repos/acme/tools/actions/runners`;
    expect((await call(base, { authorization })).body.total_count).toBe(0);
    expect((await call(`${base}/${id}`, { authorization })).status).toBe(404);
    expect((await call(`${base}/${id}`, { method: 'DELETE', authorization })).status).toBe(404);
  });
});

describe('registration and remove tokens', () => {
  it('say when they expire, and do', async () => {
    const { body } = await rest(github, '/registration-token', { method: 'POST' });
    expect(Date.parse(body.expires_at)).toBe(now + 3_600_000);
    const runner = new RunnerClient(github, 'one');
    now += 3_600_000 - 1;
    const setUp = await runner.setUp('register', body.token);
    expect(setUp).toMatchObject({
      status: 200,
      body: { token_schema: 'OAuthAccessToken', use_v2_flow: true },
    });
    now += 1;
    expect(await runner.setUp('register', body.token)).toMatchObject({
      status: 404,
      body: { message: 'Not Found' },
    });
    const authorization = `Bearer ${setUp.body.token}`;
    expect((await rest(github, '?name=one', { authorization })).status).toBe(401);
  });

  it('serve the set-up of their own repository only', async () => {
    const token = await tokenFor('registration');
    const setUp = await new RunnerClient(github, 'one').setUp('register', token);
    const authorization = `Bearer ${setUp.body.token}`;
    expect((await rest(github, '?name=one', { authorization })).body).toEqual({
      total_count: 0,
      runners: [],
    });
    const entity = `${github.url}/api/v3/repos/octo/app/actions`;
    expect((await call(`${entity}/runner-groups`, { authorization })).body).toEqual({
      total_count: 1,
      runner_groups: [
        expect.objectContaining({ id: 1, name: 'Default', default: true, is_hosted: false }),
      ],
    });
    const foreign = `${github.url}/api/v3/repos/acme/tools/actions/runners`;
    expect((await call(foreign, { authorization })).status).toBe(404);
    const mint = await rest(github, '/registration-token', { method: 'POST', authorization });
    expect(mint.status).toBe(404);
  });

  it('do not register with a remove token, nor for another URL', async () => {
    const runner = new RunnerClient(github, 'one');
    expect((await runner.setUp('register', await tokenFor('remove'))).status).toBe(404);
    const other = await call(`${github.url}/api/v3/actions/runner-registration`, {
      method: 'POST',
      authorization: `RemoteAuth ${await tokenFor('registration')}`,
      body: { url: `${github.url}/octo/app.git`, runner_event: 'register' },
    });
    expect(other.status).toBe(404);
  });

  it.for(['remove', 'registration'] as const)('let a %s token remove a runner', async (kind) => {
    const runner = await registered('one');
    const token = await tokenFor(kind);
    const authorization = `RemoteAuth ${token}`;
    expect((await runner.setUp('remove', token)).status).toBe(200);
    const remove = { method: 'DELETE', authorization };
    expect((await rest(github, `/${runner.id}`, remove)).status).toBe(204);
    expect((await rest(github, `/${runner.id}`, remove)).status).toBe(404);
    expect(github.runners()).toEqual([]);
  });
});

describe('labels', () => {
  it('can be added, set and removed, except read-only ones', async () => {
    const { id } = await registered('one', ['gpu']);
    const labels = async (method: string, path = '', names?: string[]): Promise<string[]> => {
      const body = names && { labels: names };
      const answer = await rest(github, `/${id}/labels${path}`, { method, body });
      return answer.body.labels.map((label: { name: string }) => label.name);
    };
    expect(await labels('GET')).toEqual(['self-hosted', 'gpu']);
    expect(await labels('POST', '', ['GPU', 'big box'])).toEqual(['self-hosted', 'gpu', 'big box']);
    expect(await labels('DELETE', '/big%20box')).toEqual(['self-hosted', 'gpu']);
    expect(await labels('PUT', '', ['new'])).toEqual(['self-hosted', 'new']);
    expect(await labels('DELETE')).toEqual(['self-hosted']);
  });
});

// oxlint-disable-next-line typescript/no-explicit-any -- files of three forms; the test fails where one differs
const decode = (text: string): any => JSON.parse(Buffer.from(text, 'base64').toString());

describe('a just-in-time configuration', () => {
  it('holds the files of a runner that can connect', async () => {
    const body = { name: 'jit', runner_group_id: 1, labels: ['Linux', 'gpu'], work_folder: 'w' };
    const answer = await rest(github, '/generate-jitconfig', { method: 'POST', body });
    const files = decode(answer.body.encoded_jit_config);
    expect(decode(files['.runner'])).toMatchObject({
      AgentId: String(answer.body.runner.id),
      AgentName: 'jit',
      Ephemeral: 'True',
      WorkFolder: 'w',
    });
    const runner = new RunnerClient(github, 'jit');
    runner.id = answer.body.runner.id;
    await runner.useCredentials(
      decode(files['.credentials']),
      decode(files['.credentials_rsaparams']),
    );
    expect((await runner.openSession()).status).toBe(200);
    expect(github.runners()).toMatchObject([
      { name: 'jit', status: 'online', ephemeral: true, labels: ['Linux', 'gpu'] },
    ]);
  });
});

it('records every request without its query', async () => {
  await rest(github, '?name=secret');
  await call(`${github.url}/elsewhere`);
  expect(github.requests).toEqual([
    {
      at: expect.any(Number),
      method: 'GET',
      path: '/api/v3/repos/octo/app/actions/runners',
      status: 200,
      userAgent: 'node',
    },
    { at: expect.any(Number), method: 'GET', path: '/elsewhere', status: 404, userAgent: 'node' },
  ]);
  expect(JSON.stringify(github.requests)).not.toContain('secret');
});

it('listens on 127.0.0.1 and nowhere else', async () => {
  const { hostname, port } = new URL(github.url);
  expect(hostname).toBe('127.0.0.1');
  // The whole of 127.0.0.0/8 is this machine, and would answer if every address were bound.
  await expect(fetch(`http://127.0.0.2:${port}/`)).rejects.toMatchObject({
    cause: { code: 'ECONNREFUSED' },
  });
});
