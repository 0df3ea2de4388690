import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startImds, type EmbeddedImds } from '@ci-runner/sandbox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

  test('that refuses is an error', async () => {
    imds.faults.add({ match: { method: 'PUT' }, answer: { status: 403, body: '' } });
    await expect(find()).rejects.toThrow('gives no token: status 403');
  });
});

test('elsewhere nobody is asked', async () => {
  expect(await findIdentity({}, NEVER)).toBeUndefined();
});

test('a task of ECS names its id and region', async () => {
  const arn = 'arn:aws:ecs:eu-west-1:123456789012:task/fleet/0f1e2d3c';
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/v4/abc/task' ? 200 : 404);
    response.end(JSON.stringify({ TaskARN: arn }));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const endpoint = `http://127.0.0.1:${port}/v4`;
    const find = async (id: string) =>
      findIdentity({ ECS_CONTAINER_METADATA_URI_V4: `${endpoint}/${id}` }, NEVER);
    expect(await find('abc')).toEqual({ instanceId: '0f1e2d3c', region: 'eu-west-1' });
    await expect(find('other')).rejects.toThrow('status 404');
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
