import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startImds, type EmbeddedImds } from '@ci-runner/sandbox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createImdsClient } from '../instance/imds-client.ts';
import { findIdentity } from './find-identity.ts';

const NEVER = new AbortController().signal;

describe('an instance', () => {
  let imds: EmbeddedImds;
  beforeEach(async () => {
    imds = await startImds({ instanceId: 'i-1', region: 'eu-central-1' });
  });
  afterEach(async () => imds.close());
  const find = async (more = {}, signal = NEVER) =>
    findIdentity({ AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.url, ...more }, signal);

  test('is asked with one token', async () => {
    expect(await find()).toEqual({ instanceId: 'i-1', region: 'eu-central-1' });
    expect(imds.requests.map(({ method, status }) => `${method} ${status}`)).toEqual([
      'PUT 200',
      'GET 200',
    ]);
  });

  test('is not asked where that is switched off, or where the environment knows', async () => {
    expect(await find({ AWS_EC2_METADATA_DISABLED: 'true' })).toBeUndefined();
    const known = { CI_RUNNER_INSTANCE_ID: 'own', AWS_REGION: 'us-east-1' };
    expect(await find(known)).toEqual({ instanceId: 'own', region: 'us-east-1' });
    expect(imds.requests).toEqual([]);
  });

  test('that answers nothing has its hop limit explained', async () => {
    imds.faults.add({ match: { method: 'PUT' }, answer: 'hang' });
    await expect(find({}, AbortSignal.timeout(50))).rejects.toThrow('HttpPutResponseHopLimit to 2');
  });

  test('is asked for one more token by all that were refused', async () => {
    const client = createImdsClient(imds.url);
    await client.get('meta-data/instance-id', NEVER);
    imds.forgetTokens();
    const paths = ['instance-id', 'placement/region', 'spot/instance-action'];
    const ask = async (path: string) => client.get(`meta-data/${path}`, NEVER);
    const answers = await Promise.all(paths.map(ask));
    expect(answers).toEqual(['i-1', 'eu-central-1', undefined]);
    expect(imds.requests.filter(({ method }) => method === 'PUT')).toHaveLength(2);
  });

  test('whose tokens are never taken is an error', async () => {
    imds.faults.add({ match: { method: 'GET' }, answer: { status: 401, body: '' } });
    await expect(find()).rejects.toThrow(
      'answers dynamic/instance-identity/document with status 401',
    );
  });

  test('in whose place somebody else answers has no identity', async () => {
    imds.faults.add({
      match: { method: 'GET' },
      answer: { status: 200, body: '<html>Log in</html>' },
    });
    await expect(find()).rejects.toThrow('it names no id');
  });

  test('that refuses is an error', async () => {
    imds.faults.add({ match: { method: 'PUT' }, answer: { status: 403, body: '' } });
    await expect(find()).rejects.toThrow('gives no token: status 403');
  });
});

test('elsewhere nobody is asked', async () => {
  expect(await findIdentity({}, NEVER)).toBeUndefined();
});

const askTask = async (
  path: string,
  body: string | undefined,
  signal = NEVER,
): Promise<unknown> => {
  const server = createServer((request, response) => {
    if (body === undefined) return;
    response.writeHead(request.url === '/v4/abc/task' ? 200 : 404);
    response.end(body);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const endpoint = `http://127.0.0.1:${port}/v4/${path}`;
    return await findIdentity({ ECS_CONTAINER_METADATA_URI_V4: endpoint }, signal);
  } finally {
    server.close();
    server.closeAllConnections();
  }
};

const task = (arn: unknown): string => JSON.stringify({ TaskARN: arn });

describe('a task of ECS', () => {
  test.each([
    'arn:aws:ecs:eu-west-1:123456789012:task/fleet/0f1e',
    'arn:aws:ecs:eu-west-1:1:task/0f1e',
  ])('names its id and region: %s', async (arn) => {
    expect(await askTask('abc', task(arn))).toEqual({ instanceId: '0f1e', region: 'eu-west-1' });
  });

  test.each<[string, string]>([
    ['no JSON', '<html>'],
    ['null', 'null'],
    ['no text', task(7)],
    ['no task', task('arn:aws:ecs:eu-west-1:1:cluster/fleet')],
    ['a line more', task('arn:aws:ecs:eu-west-1:1:task/a/b\nc')],
  ])('that answers with %s is an error', async (_what, body) => {
    await expect(askTask('abc', body)).rejects.toThrow('/v4/abc/task names no task');
  });

  test('that does not know itself, or does not answer, is an error', async () => {
    await expect(askTask('other', '')).rejects.toThrow('status 404');
    await expect(askTask('abc', undefined, AbortSignal.timeout(50))).rejects.toThrow(
      'did not answer in time',
    );
  });
});
