import { startCloudWatch, startEc2, startImds } from '@ci-runner/sandbox';
import { expect, onTestFinished, test } from 'vitest';
import { makeEntrypointsPlace, outputOf } from './entrypoints-place.ts';

const ID = 'i-0123456789abcdef0';
const REGION = 'eu-central-1';

/** Each call is a process that loads the command from source. */
const PATIENCE = { timeout: 300_000 };

const startAws = async () => {
  const cloudwatch = await startCloudWatch({ region: REGION });
  const { credentials } = cloudwatch;
  const ec2 = await startEc2({
    region: REGION,
    credentials,
    instances: { [ID]: { Name: 'octo' } },
  });
  const imds = await startImds({ instanceId: ID, region: REGION, credentials });
  onTestFinished(async () => {
    await Promise.all([cloudwatch.close(), ec2.close(), imds.close()]);
  });
  const environment = {
    AWS_ENDPOINT_URL_CLOUDWATCH: cloudwatch.url,
    AWS_ENDPOINT_URL_EC2: ec2.url,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.url,
  };
  return { cloudwatch, ec2, imds, environment };
};

const ASK = `
  echo "region $(aws_region), instance $(aws_instance_id)"
  echo "zone [$(aws_metadata_curl latest/meta-data/no/such -f)]"
  aws_metadata_curl /latest/meta-data/instance-id -o /dev/null -w '%{http_code}\\n'
  aws_write_tag WHO:tag "of $USER & <me>"
  echo "tag $(aws_read_tag WHO:tag)"
  [[ WHO == root ]] || echo "none [$(aws_read_tag none)]"
  aws_cloudwatch_put_metric_data WHOQueueLength 7.5 Queue=jobs,Kind=slow
  ci-runner metric WHOOther -1 '' acme/metrics
`;

test(
  'functions ask the instance and AWS as root and as guest, without sourcing anything',
  PATIENCE,
  async () => {
    const { cloudwatch, ec2, environment } = await startAws();
    const { boot } = await makeEntrypointsPlace({
      root: { 'entrypoint.10.sh': ASK.replaceAll('WHO', 'root') },
      guest: { 'entrypoint.20.sh': ASK.replaceAll('WHO', 'guest') },
    });
    const finished = await boot(environment);
    expect(finished.stderr).toBe('');
    expect(finished.code).toBe(0);
    const [root, guest] = process.getuid?.() === 0 ? ['root', 'nobody'] : ['', ''];
    const users = [
      ['entrypoint.10.sh', 'root', root],
      ['entrypoint.20.sh', 'guest', guest],
    ] as const;
    const output = outputOf(finished);
    for (const [script, who, user] of users) {
      expect(output.filter((line) => line.startsWith(script))).toEqual([
        `${script}: region ${REGION}, instance ${ID}`,
        `${script}: zone []`,
        `${script}: 200`,
        `${script}: tag ${ec2.tagsOf(ID)[`${who}:tag`]}`,
        ...(who === 'root' ? [] : [`${script}: none []`]),
      ]);
      expect(ec2.tagsOf(ID)[`${who}:tag`]).toMatch(/^of \w+ & <me>$/);
      expect(ec2.tagsOf(ID)[`${who}:tag`]).toContain(user);
    }
    const published = cloudwatch.published.map(({ name, value, namespace, dimensions }) => ({
      name,
      value,
      namespace,
      dimensions,
    }));
    const place = { Region: REGION, InstanceId: ID };
    for (const who of ['root', 'guest']) {
      expect(published).toContainEqual({
        name: `${who}QueueLength`,
        value: 7.5,
        namespace: 'ci-storage/metrics',
        dimensions: { ...place, Queue: 'jobs', Kind: 'slow' },
      });
      expect(published).toContainEqual({
        name: `${who}Other`,
        value: -1,
        namespace: 'acme/metrics',
        dimensions: place,
      });
    }
  },
);

test(
  'outside AWS they print nothing and succeed, a metric is only told, and tags fail',
  PATIENCE,
  async () => {
    const { boot } = await makeEntrypointsPlace({
      guest: {
        'entrypoint.20.sh': `
        echo "[$(aws_region)$(aws_instance_id)$(aws_metadata_curl latest/meta-data/instance-id)]"
        aws_cloudwatch_put_metric_data Queue 7 A=b
        aws_read_tag Name || echo "read $?"
        aws_write_tag Name x || echo "write $?"`,
      },
    });
    const finished = await boot({ AWS_EC2_METADATA_DISABLED: 'true' });
    expect(outputOf(finished).map((line) => line.replace('entrypoint.20.sh: ', ''))).toEqual([
      '[]',
      'Queue 7: not published, because this is not AWS',
      expect.stringContaining('this is no instance of AWS: it has no tags'),
      expect.any(String),
      'read 75',
      expect.stringContaining('this is no instance of AWS: it has no tags'),
      expect.any(String),
      'write 75',
    ]);
  },
);

test('no proxy is asked who the instance is', PATIENCE, async () => {
  const { environment } = await startAws();
  const { boot } = await makeEntrypointsPlace({
    guest: { 'entrypoint.20.sh': 'echo "[$(aws_region)]"' },
  });
  const finished = await boot({ ...environment, http_proxy: 'http://127.0.0.1:1' });
  expect(outputOf(finished)).toEqual([`entrypoint.20.sh: [${REGION}]`]);
});

test('an instance that does not answer is outside AWS after its time', PATIENCE, async () => {
  const { imds, environment } = await startAws();
  imds.faults.add({ match: { method: 'PUT' }, answer: 'hang' });
  const { boot } = await makeEntrypointsPlace({
    guest: { 'entrypoint.20.sh': 'echo "[$(aws_region)]"' },
  });
  expect(outputOf(await boot(environment))).toEqual(['entrypoint.20.sh: []']);
});

test('what AWS refuses is told as that, and stops the boot', PATIENCE, async () => {
  const { environment } = await startAws();
  const { boot } = await makeEntrypointsPlace({
    root: { 'entrypoint.10.sh': ':\naws_cloudwatch_put_metric_data Queue 7 A=b' },
  });
  const keys = { AWS_ACCESS_KEY_ID: 'AKIAOTHER', AWS_SECRET_ACCESS_KEY: 'no-such-secret-key' };
  const finished = await boot({ ...environment, ...keys });
  expect(finished.code).toBe(70);
  expect(outputOf(finished)[0]).toMatch(/Queue was not published: The security token .* invalid/);
  expect(finished.stdout).toMatch(
    /10\.sh: line 2: "aws_cloudwatch_put_metric_data" failed with exit code 78/,
  );
  expect(finished.stdout).not.toContain('no-such-secret-key');
});
