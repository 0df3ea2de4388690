import type { Logger } from '@ci-runner/core';
import { startEc2, unauthorizedOperation, type EmbeddedEc2 } from '@ci-runner/sandbox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nameWithTimes } from './name-with-times.ts';
import { tagInstance } from './tag-instance.ts';

const SECONDS = { host: 31, container: 12 };

test.each([
  ['runner', 'runner (31+12 sec)'],
  ['runner (1+2 sec)', 'runner (31+12 sec)'],
  ['runner (1+2 sec) spot', 'runner (1+2 sec) spot (31+12 sec)'],
  ['', '(31+12 sec)'],
  ['(1+2 sec)', '(31+12 sec)'],
])('the name "%s" becomes "%s"', (name, becomes) => {
  expect(nameWithTimes(name, SECONDS)).toBe(becomes);
});

test('a name is as long as EC2 takes it', () => {
  const long = nameWithTimes('x'.repeat(255), SECONDS);
  expect(long).toHaveLength(255);
  expect(long).toMatch(/x \(31\+12 sec\)$/);
});

describe('an instance', () => {
  const ID = 'i-0123456789abcdef0';
  let ec2: EmbeddedEc2;
  let said: string[];
  beforeEach(async () => {
    ec2 = await startEc2({ instances: { [ID]: { Name: 'runner', Team: 'octo' } } });
    said = [];
  });
  afterEach(async () => ec2.close());

  const say = (text: string): void => void said.push(text);
  const tag = async (hostBootAt: number, signal = new AbortController().signal): Promise<void> => {
    const log: Logger = { info: say, warn: say, error: say, child: () => log };
    const env = {
      AWS_ENDPOINT_URL_EC2: ec2.url,
      AWS_ACCESS_KEY_ID: ec2.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ec2.credentials.secretAccessKey,
    };
    const instance = { instanceId: ID, region: ec2.region, env, signal };
    await tagInstance({ instance, hostBootAt, seconds: SECONDS, log });
  };

  test('is tagged once for each boot', async () => {
    await tag(1_700_000_000_000);
    const named = { Name: 'runner (31+12 sec)', Team: 'octo' };
    expect(ec2.tagsOf(ID)).toEqual({ ...named, 'ci-storage:boot': '1700000000' });
    await tag(1_700_000_000_000);
    expect(ec2.actions).toEqual(['DescribeTags', 'CreateTags', 'DescribeTags']);
    await tag(1_700_009_999_000);
    expect(ec2.tagsOf(ID)).toEqual({ ...named, 'ci-storage:boot': '1700009999' });
    expect(said).toEqual(
      Array(2).fill('the Name tag of this instance is "runner (31+12 sec)" now'),
    );
  });

  test('whose role may not is left alone, which is said', async () => {
    ec2.faults.add({ answer: unauthorizedOperation });
    await tag(1_700_000_000_000);
    expect(said).toEqual([expect.stringContaining('lacks ec2:DescribeTags or ec2:CreateTags')]);
    expect(ec2.tagsOf(ID)).toEqual({ Name: 'runner', Team: 'octo' });
  });

  test('is left alone when the run ends meanwhile, without a word', async () => {
    ec2.faults.add({ answer: 'hang' });
    const ending = new AbortController();
    const tagged = tag(1_700_000_000_000, ending.signal);
    ending.abort();
    await tagged;
    expect(said).toEqual([]);
  });

  test('that EC2 does not answer for is left alone, which is said', async () => {
    ec2.faults.add({ answer: 'hang' });
    await tag(1_700_000_000_000, AbortSignal.timeout(50));
    expect(said).toEqual([expect.stringContaining('timeout')]);
  });
});
