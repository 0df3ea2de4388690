import { randomBytes } from 'node:crypto';
import {
  CloudWatchClient,
  PutMetricDataCommand,
  type CloudWatchClientConfig,
  type MetricDatum,
} from '@aws-sdk/client-cloudwatch';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { throttled } from '../aws-error.ts';
import { createRole } from '../role.ts';
import { startCloudWatch, type EmbeddedCloudWatch } from './start-cloudwatch.ts';

const DATUM: MetricDatum = {
  MetricName: 'Share',
  Value: 12.5,
  Unit: 'Percent',
  Dimensions: [{ Name: 'GH_REPOSITORY', Value: 'octo/app' }],
};

const HOUR_MS = 60 * 60_000;

let cloudWatch: EmbeddedCloudWatch;
const clients: CloudWatchClient[] = [];

beforeEach(async () => {
  cloudWatch = await startCloudWatch({ region: 'eu-central-1' });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await cloudWatch.close();
});

const put = async (
  data: MetricDatum[],
  { namespace = 'octo', ...config }: CloudWatchClientConfig & { namespace?: string } = {},
): Promise<unknown> => {
  const { url: endpoint, region, credentials } = cloudWatch;
  const client = new CloudWatchClient({ endpoint, region, credentials, ...config });
  clients.push(client);
  return client
    .send(new PutMetricDataCommand({ Namespace: namespace, MetricData: data }))
    .then(() => 'taken')
    .catch((error: Error) => error.name);
};

describe('what the SDK sends', () => {
  test('is kept as it was published', async () => {
    const at = new Date(Date.now() - 5_250);
    expect(await put([{ ...DATUM, Timestamp: at, StorageResolution: 1 }])).toBe('taken');
    expect(cloudWatch.published).toEqual([
      {
        namespace: 'octo',
        name: 'Share',
        value: 12.5,
        unit: 'Percent',
        dimensions: { GH_REPOSITORY: 'octo/app' },
        at: at.getTime(),
        storageResolution: 1,
      },
    ]);
  });

  test('may be compressed, as long bodies are', async () => {
    expect(await put(Array.from({ length: 1_000 }, () => DATUM))).toBe('taken');
    expect(cloudWatch.published).toHaveLength(1_000);
  });

  test('may come with a session token', async () => {
    await cloudWatch.close();
    const credentials = { accessKeyId: 'AK', secretAccessKey: 'SK', sessionToken: 'ST' };
    cloudWatch = await startCloudWatch({ credentials });
    expect(await put([DATUM])).toBe('taken');
    const { sessionToken: _none, ...bare } = credentials;
    expect(await put([DATUM], { credentials: bare })).toBe('InvalidClientTokenId');
  });

  test('may be signed by a role, until its credentials end', async () => {
    await cloudWatch.close();
    const now = (): number => Date.now() + cloudWatch.clockOffsetMs;
    const role = createRole({ now });
    cloudWatch = await startCloudWatch({ role });
    const first = role.credentials();
    expect(await put([DATUM], { credentials: first })).toBe('taken');
    cloudWatch.clockOffsetMs = 5.8 * HOUR_MS;
    expect(role.credentials()).toBe(first);
    cloudWatch.clockOffsetMs = 5.95 * HOUR_MS;
    const second = role.credentials();
    expect(second.accessKeyId).not.toBe(first.accessKeyId);
    // Both are good for some minutes.
    expect(await put([DATUM], { credentials: first })).toBe('taken');
    expect(await put([DATUM], { credentials: second })).toBe('taken');
    cloudWatch.clockOffsetMs = 6 * HOUR_MS;
    expect(await put([DATUM], { credentials: first })).toBe('ExpiredToken');
    expect(await put([DATUM], { credentials: second })).toBe('taken');
    expect(cloudWatch.published).toHaveLength(4);
  });
});

describe('a client that must be refused', () => {
  test.each<[string, CloudWatchClientConfig]>([
    [
      'a wrong secret',
      { credentials: { accessKeyId: 'AKIASANDBOX000000001', secretAccessKey: 'x' } },
    ],
    ['another region', { region: 'us-east-1' }],
  ])('has %s', async (_what, config) => {
    expect(await put([DATUM], config)).toBe('SignatureDoesNotMatch');
    expect(cloudWatch.published).toEqual([]);
  });

  test('has another key', async () => {
    const credentials = { accessKeyId: 'AKIAOTHER', secretAccessKey: 'x' };
    expect(await put([DATUM], { credentials })).toBe('InvalidClientTokenId');
  });

  test('changes the body after it was signed', async () => {
    const client = new CloudWatchClient({
      endpoint: cloudWatch.url,
      region: cloudWatch.region,
      credentials: cloudWatch.credentials,
    });
    clients.push(client);
    client.middlewareStack.add(
      (next) => async (args) => {
        const request = args.request as { body: Uint8Array };
        const text = Buffer.from(request.body).toString();
        request.body = Buffer.from(text.replace('12.5', '99.5'));
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    const command = new PutMetricDataCommand({ Namespace: 'octo', MetricData: [DATUM] });
    await expect(client.send(command)).rejects.toThrow('does not match the signature');
  });

  test('signs nothing', async () => {
    const answered = await fetch(cloudWatch.url, {
      method: 'POST',
      headers: { 'X-Amz-Target': 'GraniteServiceVersion20100801.PutMetricData' },
      body: '{}',
    });
    expect(answered.status).toBe(403);
  });

  const many = (count: number): MetricDatum => ({
    ...DATUM,
    Dimensions: Array.from({ length: count }, (_none, index) => ({
      Name: `d${index}`,
      Value: 'x',
    })),
  });
  const DAY_MS = 24 * HOUR_MS;

  test.each<[string, MetricDatum[], string]>([
    ['more than 1,000 metrics', Array.from({ length: 1_001 }, () => DATUM), 'octo'],
    ['more than 30 dimensions', [many(31)], 'octo'],
    ['a value beyond the range', [{ ...DATUM, Value: 2 ** 361 }], 'octo'],
    ['no number', [{ ...DATUM, Value: Number.NaN }], 'octo'],
    ['an unknown unit', [{ ...DATUM, Unit: 'Days' as 'Count' }], 'octo'],
    ['a dimension beyond ASCII', [{ ...DATUM, Dimensions: [{ Name: 'a', Value: 'ä' }] }], 'octo'],
    ['a dimension of a colon', [{ ...DATUM, Dimensions: [{ Name: ':a', Value: 'x' }] }], 'octo'],
    ['an empty dimension', [{ ...DATUM, Dimensions: [{ Name: 'a', Value: '' }] }], 'octo'],
    ['an old time', [{ ...DATUM, Timestamp: new Date(Date.now() - 15 * DAY_MS) }], 'octo'],
    ['a time to come', [{ ...DATUM, Timestamp: new Date(Date.now() + DAY_MS) }], 'octo'],
    ['a namespace of AWS', [DATUM], 'AWS/EC2'],
  ])('sends %s', async (_what, data, namespace) => {
    expect(await put(data, { namespace })).toBe('InvalidParameterValueException');
    expect(cloudWatch.published).toEqual([]);
  });

  test('sends more than 1 MB', async () => {
    const data = Array.from({ length: 900 }, () => ({
      ...DATUM,
      Dimensions: [
        { Name: 'a', Value: randomBytes(750).toString('base64') },
        { Name: 'b', Value: randomBytes(750).toString('base64') },
      ],
    }));
    expect(await put(data)).toBe('RequestEntityTooLarge');
  });

  test('sends 30 dimensions, which is allowed', async () => {
    expect(await put([many(30)])).toBe('taken');
  });
});

describe('when things go wrong', () => {
  test('it throttles, and the SDK comes back', async () => {
    const fault = cloudWatch.faults.add({ times: 2, answer: throttled });
    expect(await put([DATUM])).toBe('taken');
    expect(fault.taken).toBe(2);
    cloudWatch.faults.add({ answer: throttled });
    expect(await put([DATUM])).toBe('Throttling');
  });

  test('it fails, loses answers and breaks connections', async () => {
    cloudWatch.faults.add({ times: 1, answer: { status: 503, body: '' } });
    cloudWatch.faults.add({ times: 1, answer: 'reset' });
    expect(await put([DATUM])).toBe('taken');
    expect(cloudWatch.published).toHaveLength(1);
    cloudWatch.faults.add({ times: 1, answer: 'lose-answer' });
    expect(await put([DATUM])).toBe('taken');
    expect(cloudWatch.published).toHaveLength(3);
  });

  test('it never answers', async () => {
    cloudWatch.faults.add({ answer: 'hang' });
    const requestHandler = { requestTimeout: 50, throwOnRequestTimeout: true };
    expect(await put([DATUM], { requestHandler, maxAttempts: 1 })).toBe('TimeoutError');
  });

  test('its clock is another one, by which the SDK corrects its own', async () => {
    cloudWatch.clockOffsetMs = -HOUR_MS;
    expect(await put([DATUM], { maxAttempts: 1 })).toBe('SignatureDoesNotMatch');
    expect(await put([DATUM])).toBe('taken');
    expect(cloudWatch.calls).toBe(3);
  });
});
