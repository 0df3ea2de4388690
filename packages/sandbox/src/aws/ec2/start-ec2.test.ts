import { createHash, createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startEc2, type EmbeddedEc2 } from './start-ec2.ts';

const ID = 'i-0123456789abcdef0';

let ec2: EmbeddedEc2;
beforeEach(async () => {
  ec2 = await startEc2({
    instances: {
      [ID]: { Name: 'a&b', 'aws:autoscaling:groupName': 'fleet' },
      'i-2': { Name: 'x' },
    },
  });
});
afterEach(async () => ec2.close());

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

/** Signature Version 4, written out: not by the code that the product signs with. */
const ask = async (
  parameters: Record<string, string>,
  { secret = ec2.credentials.secretAccessKey, service = 'ec2' } = {},
): Promise<readonly [number, string]> => {
  const body = new URLSearchParams({ Version: '2016-11-15', ...parameters }).toString();
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const type = 'application/x-www-form-urlencoded';
  const signed = 'content-type;host;x-amz-date';
  const headers = `content-type:${type}\nhost:${new URL(ec2.url).host}\nx-amz-date:${time}\n`;
  const canonical = ['POST', '/', '', headers, signed, hash(body)].join('\n');
  const scope = `${day}/${ec2.region}/${service}/aws4_request`;
  const key = [ec2.region, service, 'aws4_request'].reduce(hmac, hmac(`AWS4${secret}`, day));
  const text = ['AWS4-HMAC-SHA256', time, scope, hash(canonical)].join('\n');
  const signature = hmac(key, text).toString('hex');
  const answered = await fetch(ec2.url, {
    method: 'POST',
    body,
    headers: {
      'content-type': type,
      'x-amz-date': time,
      authorization: `AWS4-HMAC-SHA256 Credential=${ec2.credentials.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
    },
  });
  return [answered.status, await answered.text()];
};

const codeOf = async (...request: Parameters<typeof ask>): Promise<string> => {
  const [status, text] = await ask(...request);
  return `${status} ${/<Code>(.*)<\/Code>/.exec(text)?.[1]}`;
};

test('makes tags and tells them, as XML', async () => {
  const made = await ask({
    Action: 'CreateTags',
    'ResourceId.1': ID,
    'Tag.1.Key': 'Name',
    'Tag.1.Value': '<new>',
  });
  expect(made).toEqual([200, expect.stringContaining('<return>true</return>')]);
  expect(ec2.tagsOf(ID)['Name']).toBe('<new>');
  expect(ec2.tagsOf('i-2')).toEqual({ Name: 'x' });
  const filter = { 'Filter.1.Name': 'resource-id', 'Filter.1.Value.1': ID };
  const [, all] = await ask({ Action: 'DescribeTags', ...filter });
  expect(all.match(/<item>/g)).toHaveLength(2);
  const named = { 'Filter.2.Name': 'key', 'Filter.2.Value.1': 'Name' };
  const [, one] = await ask({ Action: 'DescribeTags', ...filter, ...named });
  expect(one.match(/<item>/g)).toHaveLength(1);
  expect(one).toContain(`<resourceId>${ID}</resourceId>`);
  expect(one).toContain('<value>&lt;new&gt;</value>');
});

const TAG = { Action: 'CreateTags', 'ResourceId.1': ID, 'Tag.1.Key': 'k', 'Tag.1.Value': 'v' };

test.each<[string, Record<string, string>]>([
  ['400 InvalidInstanceID.NotFound', { ...TAG, 'ResourceId.1': 'i-3' }],
  ['400 InvalidParameterValue', { ...TAG, 'Tag.1.Key': 'aws:mine' }],
  ['400 InvalidParameterValue', { ...TAG, 'Tag.1.Key': 'k'.repeat(128) }],
  ['400 InvalidParameterValue', { ...TAG, 'Tag.1.Value': 'v'.repeat(256) }],
  ['400 InvalidParameterValue', { ...TAG, 'Tag.2.Key': 'k' }],
  ['400 MissingParameter', { Action: 'CreateTags', 'ResourceId.1': ID }],
  ['400 MissingParameter', { Action: 'CreateTags', 'Tag.1.Key': 'k' }],
  ['400 InvalidAction', { Action: 'RunInstances' }],
  ['400 NoSuchVersion', { Action: 'DescribeTags', Version: '2010-01-01' }],
  ['400 InvalidParameterValue', { Action: 'DescribeTags', 'Filter.1.Name': 'tag:Name' }],
])('answers %s to %o', async (code, request) => {
  const before = ec2.tagsOf(ID);
  expect(await codeOf(request)).toBe(code);
  expect(ec2.tagsOf(ID)).toEqual(before);
});

test('an instance has 50 tags at most', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 49 }, (_none, index) => [`Tag.${index + 1}.Key`, `k${index}`]),
  );
  expect(await codeOf({ ...TAG, ...many })).toBe('400 TagLimitExceeded');
});

test('takes only what is signed, for it, and in time', async () => {
  expect(await codeOf(TAG, { secret: 'wrong' })).toBe('401 AuthFailure');
  expect(await codeOf(TAG, { service: 'monitoring' })).toBe('401 AuthFailure');
  expect((await fetch(ec2.url, { method: 'POST', body: 'Action=DescribeTags' })).status).toBe(403);
  ec2.clockOffsetMs = 10 * 60_000;
  expect(await codeOf(TAG)).toBe('400 RequestExpired');
});
