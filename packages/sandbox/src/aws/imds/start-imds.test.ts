import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRole } from '../role.ts';
import { startImds, type EmbeddedImds } from './start-imds.ts';

let imds: EmbeddedImds;
beforeEach(async () => {
  imds = await startImds({ instanceId: 'i-1', region: 'eu-central-1' });
});
afterEach(async () => imds.close());

const TTL = 'X-aws-ec2-metadata-token-ttl-seconds';

const askToken = async (headers: Record<string, string>, method = 'PUT'): Promise<Response> =>
  fetch(`${imds.url}/latest/api/token`, { method, headers });

const token = async (): Promise<string> => (await askToken({ [TTL]: '60' })).text();

const get = async (path: string, given: string): Promise<readonly [number, string]> => {
  const headers = { 'X-aws-ec2-metadata-token': given };
  const answered = await fetch(`${imds.url}/latest/meta-data/${path}`, { headers });
  return [answered.status, await answered.text()];
};

test('tells who and where the instance is', async () => {
  const given = await token();
  expect(await get('instance-id', given)).toEqual([200, 'i-1']);
  expect(await get('placement/region', given)).toEqual([200, 'eu-central-1']);
  expect(imds.requests.map(({ path }) => path)).toEqual([
    '/latest/api/token',
    '/latest/meta-data/instance-id',
    '/latest/meta-data/placement/region',
  ]);
});

test('tells the same in a document', async () => {
  const headers = { 'X-aws-ec2-metadata-token': await token() };
  const path = '/latest/dynamic/instance-identity/document';
  const answered = await fetch(imds.url + path, { headers });
  expect(await answered.json()).toMatchObject({ instanceId: 'i-1', region: 'eu-central-1' });
  expect((await fetch(imds.url + path)).status).toBe(401);
});

test('tells what is to happen to the instance, from the moment it is known', async () => {
  const given = await token();
  for (const path of [
    'spot/instance-action',
    'events/recommendations/rebalance',
    'autoscaling/target-lifecycle-state',
    'iam/security-credentials/',
  ]) {
    expect(await get(path, given)).toEqual([404, '']);
  }
  imds.metadata.spotNotice = { action: 'terminate', time: '2026-01-01T00:02:00Z' };
  imds.metadata.rebalanceNoticeTime = '2026-01-01T00:00:00Z';
  imds.metadata.targetLifecycleState = 'Terminated';
  expect(await get('spot/instance-action', given)).toEqual([
    200,
    '{"action":"terminate","time":"2026-01-01T00:02:00Z"}',
  ]);
  expect(await get('events/recommendations/rebalance', given)).toEqual([
    200,
    '{"noticeTime":"2026-01-01T00:00:00Z"}',
  ]);
  expect(await get('autoscaling/target-lifecycle-state', given)).toEqual([200, 'Terminated']);
});

test('hands out the credentials of its role, and the next ones before these end', async () => {
  let hours = 0;
  const role = createRole({ now: () => hours * 3_600_000 });
  imds.metadata.role = role;
  const given = await token();
  expect(await get('iam/security-credentials/', given)).toEqual([200, 'ci-runner']);
  const ask = async (): Promise<Record<string, string>> => {
    const [, text] = await get('iam/security-credentials/ci-runner', given);
    return JSON.parse(text) as Record<string, string>;
  };
  const { accessKeyId: AccessKeyId, sessionToken: Token } = role.credentials();
  expect(await ask()).toMatchObject({ AccessKeyId, Token, Expiration: '1970-01-01T06:00:00Z' });
  hours = 5.9;
  expect(await ask()).toMatchObject({ AccessKeyId });
  hours = 5.95;
  const next = await ask();
  expect(next['AccessKeyId']).not.toBe(AccessKeyId);
  expect(next['Expiration']).toBe('1970-01-01T11:57:00Z');
});

test('refuses who has no token, an old one, or somebody else’s', async () => {
  expect(await get('instance-id', '')).toEqual([401, '']);
  expect(await get('instance-id', 'guessed')).toEqual([401, '']);
  const given = await token();
  imds.forgetTokens();
  expect(await get('instance-id', given)).toEqual([401, '']);
});

test.each<[number, Record<string, string>, string]>([
  [400, {}, 'PUT'],
  [400, { [TTL]: '0' }, 'PUT'],
  [400, { [TTL]: '21601' }, 'PUT'],
  [403, { [TTL]: '60', 'X-Forwarded-For': '192.0.2.1' }, 'PUT'],
  [405, { [TTL]: '60' }, 'POST'],
])('answers %i to a token request with %o by %s', async (status, headers, method) => {
  expect((await askToken(headers, method)).status).toBe(status);
});

test('a hop limit of 1 is a token that never comes', async () => {
  imds.faults.add({ match: { path: '/latest/api/token' }, answer: 'hang' });
  const asked = fetch(`${imds.url}/latest/api/token`, {
    method: 'PUT',
    headers: { [TTL]: '60' },
    signal: AbortSignal.timeout(50),
  });
  await expect(asked).rejects.toThrow('timeout');
});
