import {
  createRole,
  startCloudWatch,
  startEc2,
  startImds,
  unauthorizedOperation,
  type EmbeddedEc2,
} from '@ci-runner/sandbox';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  instanceIdentity,
  instanceMetadata,
  putMetric,
  readTag,
  readTags,
  writeTag,
  writeTags,
  type TaggedInstance,
} from './index.ts';

const NEVER = new AbortController().signal;
const ID = 'i-0123456789abcdef0';

describe('the tags of an instance', () => {
  let ec2: EmbeddedEc2;
  beforeEach(async () => {
    ec2 = await startEc2({
      region: 'eu-central-1',
      instances: { [ID]: { Name: 'runner' }, 'i-other': { Name: 'other' } },
    });
  });
  afterEach(async () => ec2.close());

  const instance = (more: Partial<TaggedInstance> = {}): TaggedInstance => ({
    instanceId: ID,
    region: 'eu-central-1',
    signal: NEVER,
    env: {
      AWS_ENDPOINT_URL_EC2: ec2.url,
      AWS_ACCESS_KEY_ID: ec2.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ec2.credentials.secretAccessKey,
    },
    ...more,
  });

  test('are those of this instance alone', async () => {
    expect(await readTags(instance())).toEqual({ Name: 'runner' });
    expect(await readTag('Name', instance())).toBe('runner');
    expect(await readTag('toString', instance())).toBeUndefined();
  });

  test.each(['größer & <kleiner> "x" \'y\' +%20', '', '</value><value>x', '𝒳'])(
    'come back as they were written: %s',
    async (value) => {
      await writeTag('ci-storage:a&b', value, instance());
      expect(ec2.tagsOf(ID)).toEqual({ Name: 'runner', 'ci-storage:a&b': value });
      expect(await readTag('ci-storage:a&b', instance())).toBe(value);
    },
  );

  test('are written all or none', async () => {
    await expect(writeTags({ a: '1', 'aws:b': '2' }, instance())).rejects.toThrow('reserved');
    expect(ec2.tagsOf(ID)).toEqual({ Name: 'runner' });
    await writeTags({ a: '1', b: '2' }, instance());
    expect(ec2.tagsOf(ID)).toEqual({ Name: 'runner', a: '1', b: '2' });
  });

  test('need credentials that EC2 knows', async () => {
    const env = { ...instance().env, AWS_SECRET_ACCESS_KEY: 'wrong' };
    await expect(readTags(instance({ env }))).rejects.toMatchObject({ code: 'AuthFailure' });
    await expect(readTags(instance({ region: 'us-east-1' }))).rejects.toThrow('AuthFailure');
    expect(ec2.actions).toEqual(['DescribeTags', 'DescribeTags']);
  });

  test('are read with a role’s credentials, until these end', async () => {
    const role = createRole();
    const ofRole = await startEc2({
      region: 'eu-central-1',
      role,
      instances: { [ID]: { a: 'b' } },
    });
    try {
      const { accessKeyId, secretAccessKey, sessionToken } = role.credentials();
      const env = {
        AWS_ENDPOINT_URL_EC2: ofRole.url,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
      };
      expect(await readTags(instance({ env }))).toEqual({ a: 'b' });
      ofRole.clockOffsetMs = 7 * 3_600_000;
      await expect(readTags(instance({ env }))).rejects.toMatchObject({ code: 'RequestExpired' });
      // Again by AWS's clock, which could have been the reason.
      expect(ofRole.actions).toHaveLength(3);
    } finally {
      await ofRole.close();
    }
  });

  test('are asked for with ended credentials of the instance without a word beside the error', async () => {
    const role = createRole({ now: () => Date.now() - 7 * 3_600_000 });
    const [ofRole, imds] = await Promise.all([
      startEc2({ region: 'eu-central-1', role }),
      startImds({ role }),
    ]);
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', imds.url);
    try {
      const env = { AWS_ENDPOINT_URL_EC2: ofRole.url };
      await expect(readTags(instance({ env }))).rejects.toMatchObject({ code: 'RequestExpired' });
      expect(imds.requests.at(-1)?.path).toContain('security-credentials');
      expect(warn).not.toHaveBeenCalled();
    } finally {
      await Promise.all([ofRole.close(), imds.close()]);
    }
  });

  test('need rights, and are not asked for again without', async () => {
    const fault = ec2.faults.add({ answer: unauthorizedOperation });
    await expect(writeTag('a', 'b', instance())).rejects.toMatchObject({
      name: 'Ec2Error',
      code: 'UnauthorizedOperation',
    });
    expect(fault.taken).toBe(1);
  });

  test('of an instance that is not there cannot be written', async () => {
    await expect(writeTag('a', 'b', instance({ instanceId: 'i-gone' }))).rejects.toMatchObject({
      code: 'InvalidInstanceID.NotFound',
    });
  });

  test('are asked for again when EC2 or the network fails', async () => {
    ec2.faults.add({ times: 1, answer: { status: 503, body: 'no XML' } });
    ec2.faults.add({ times: 1, answer: 'reset' });
    expect(await readTag('Name', instance())).toBe('runner');
  });

  test('are read with a clock that is wrong', async () => {
    ec2.clockOffsetMs = 3_600_000;
    expect(await readTag('Name', instance())).toBe('runner');
    expect(ec2.actions).toHaveLength(2);
  });

  test('are not waited for longer than is wanted', async () => {
    ec2.faults.add({ answer: 'hang' });
    const signal = AbortSignal.timeout(50);
    await expect(readTags(instance({ signal }))).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

test('one metric is published without a supervisor', async () => {
  const cloudWatch = await startCloudWatch({ region: 'eu-central-1' });
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDWATCH', cloudWatch.url);
  const env = {
    AWS_ACCESS_KEY_ID: cloudWatch.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: cloudWatch.credentials.secretAccessKey,
  };
  try {
    const dimensions = { GH_REPOSITORY: 'octo/app' };
    const region = 'eu-central-1';
    await putMetric({ name: 'Mine', value: 3, dimensions, region, env, signal: NEVER });
    expect(cloudWatch.published).toMatchObject([
      { namespace: 'ci-storage/metrics', name: 'Mine', value: 3, unit: 'None', dimensions },
    ]);
    const wrong = putMetric({ name: ' ', value: 3, region, env, signal: NEVER });
    await expect(wrong).rejects.toThrow('MetricName');
  } finally {
    await cloudWatch.close();
  }
});

test('the instance says who and where it is, and what it knows besides', async () => {
  const imds = await startImds({ instanceId: ID, region: 'eu-central-1' });
  const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.url };
  try {
    expect(await instanceIdentity(env, NEVER)).toEqual({ instanceId: ID, region: 'eu-central-1' });
    expect(await instanceMetadata('placement/region', env, NEVER)).toBe('eu-central-1');
    expect(await instanceMetadata('nothing', env, NEVER)).toBeUndefined();
  } finally {
    await imds.close();
  }
  expect(await instanceMetadata('instance-id', { AWS_EC2_METADATA_DISABLED: 'true' }, NEVER)).toBe(
    undefined,
  );
});
