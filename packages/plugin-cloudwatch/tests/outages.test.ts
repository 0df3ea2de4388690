import { definePlugin, type Sample } from '@ci-runner/core';
import {
  startCloudWatch,
  startEc2,
  startImds,
  throttled,
  type EmbeddedCloudWatch,
  type EmbeddedEc2,
  type EmbeddedImds,
  type PublishedMetric,
} from '@ci-runner/sandbox';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { messages, runScripted } from './scripted-run.ts';

const ID = 'i-0123456789abcdef0';
const REGION = 'eu-central-1';

let cloudWatch: EmbeddedCloudWatch;
let ec2: EmbeddedEc2;
let imds: EmbeddedImds;

beforeEach(async () => {
  cloudWatch = await startCloudWatch({ region: REGION });
  const { credentials } = cloudWatch;
  ec2 = await startEc2({ region: REGION, credentials, instances: { [ID]: { Name: 'runner' } } });
  imds = await startImds({ instanceId: ID, region: REGION, credentials });
  // The SDK reads its own variables of the process.
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDWATCH', cloudWatch.url);
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', imds.url);
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
});
afterEach(async () => {
  await Promise.all([cloudWatch.close(), ec2.close(), imds.close()]);
});

/** The variables of an instance whose role gives the credentials. */
const onInstance = (): Record<string, string> => ({
  AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.url,
  AWS_ENDPOINT_URL_EC2: ec2.url,
});

const named = (name: string): readonly PublishedMetric[] =>
  cloudWatch.published.filter((metric) => metric.name === name);

/** A plugin that measures such samples each time. */
const measuring = (make: (at: number) => readonly Sample[]) =>
  definePlugin({
    name: 'measuring',
    setup({ hooks }) {
      hooks.collectMetrics.tap((_config, { clock }) => [...make(clock.now())]);
    },
  })();

const sample = (name: string, at: number): Sample => ({
  name,
  value: 1,
  unit: 'Count',
  at,
  scope: 'runner',
});

test('throttled for five minutes, nothing is lost and nothing is said twice', async () => {
  const throttling = cloudWatch.faults.add({ answer: throttled });
  const { result, records } = await runScripted(
    onInstance(),
    async ({ pass, status, records: soFar }) => {
      for (let minute = 0; minute < 6; minute += 1) await pass(60);
      await expect.poll(() => messages(soFar, 'not published to CloudWatch')).toHaveLength(1);
      expect(cloudWatch.published).toEqual([]);
      throttling.remove();
      await pass(60);
      await expect.poll(() => named('SupervisorResidentBytes')).toHaveLength(8);
      const [item] = (await status()).plugins['cloudwatch']?.items ?? [];
      expect(item?.facts).toMatchObject({ dropped: 0 });
    },
  );
  expect(result.exitCode).toBe(0);
  expect(throttling.taken).toBeGreaterThan(0);
  const times = named('SupervisorResidentBytes').map(({ at }) => at);
  // One at the beginning, one each minute, and the last.
  expect(times).toHaveLength(9);
  expect(new Set(times).size).toBe(9);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(Math.round(((times[6] ?? 0) - (times[0] ?? 0)) / 60_000)).toBe(6);
  expect(messages(records, 'not published to CloudWatch')).toHaveLength(1);
  expect(messages(records, 'published to CloudWatch again')).toHaveLength(1);
});

test('what CloudWatch refuses takes nothing else along', async () => {
  const bad = measuring((at) => [
    sample('Good', at),
    { ...sample('Bad', at), unit: 'Days' as 'Count' },
    { ...sample('NotANumber', at), value: Number.NaN },
  ]);
  const { records } = await runScripted(
    onInstance(),
    async ({ pass, status }) => {
      await pass(60);
      await expect.poll(() => named('Good')).toHaveLength(2);
      const facts = async (): Promise<unknown> =>
        (await status()).plugins['cloudwatch']?.items[0]?.facts;
      await expect.poll(facts).toMatchObject({ dropped: 2, waiting: 0 });
    },
    [bad],
  );
  expect(named('SupervisorResidentBytes')).toHaveLength(3);
  expect(messages(records, 'CloudWatch refuses metrics')).toHaveLength(1);
  expect(messages(records, 'metric "NotANumber" is not published')).toHaveLength(1);
});

test('a label beyond ASCII is published as CloudWatch takes it', async () => {
  await runScripted({ ...onInstance(), GH_LABELS: 'größe' }, async ({ pass }) => pass(60));
  expect(named('ActiveRunnersPercent').map(({ dimensions }) => dimensions['GH_LABEL'])).toContain(
    'gr??e',
  );
});

test('a clock that is three hours off is no reason to lose metrics', async () => {
  cloudWatch.clockOffsetMs = -3 * 3_600_000;
  const { records } = await runScripted(onInstance(), async ({ pass }) => {
    await pass(60);
    await expect.poll(() => named('SupervisorResidentBytes').length).toBeGreaterThan(1);
  });
  const [first] = named('SupervisorResidentBytes');
  expect(Math.round(((first?.at ?? 0) - Date.now()) / 3_600_000)).toBe(-3);
  expect(messages(records, 'CloudWatch refuses metrics')).toEqual([]);
});

test('a metadata service behind a hop limit of 1 is explained, and the run goes on', async () => {
  imds.faults.add({ match: { method: 'PUT' }, answer: 'hang' });
  const { result, records } = await runScripted(onInstance(), async ({ pass }) => pass(60));
  expect(result.exitCode).toBe(0);
  expect(messages(records, 'HttpPutResponseHopLimit to 2')).toHaveLength(1);
  expect(messages(records, 'not published: no region is known: set AWS_REGION')).toHaveLength(1);
});

test('a metadata service that was too slow for the boot and after it is asked each time', async () => {
  const slow = imds.faults.add({ match: { method: 'PUT' }, answer: 'hang' });
  const { records } = await runScripted(onInstance(), async ({ pass, records: soFar }) => {
    await expect.poll(() => messages(soFar, 'no region is known')).toHaveLength(1);
    slow.remove();
    await pass(60);
    await expect.poll(() => named('SupervisorResidentBytes').length).toBeGreaterThan(0);
  });
  expect(messages(records, 'no region is known')).toHaveLength(1);
});

test('a metadata service that was too slow for the boot is asked again', async () => {
  const slow = imds.faults.add({ match: { method: 'PUT' }, answer: 'hang' });
  const patience = measuring(() => []);
  const { records } = await runScripted(
    onInstance(),
    async ({ pass }) => {
      await pass(60);
      await expect.poll(() => named('SupervisorResidentBytes').length).toBeGreaterThan(0);
    },
    [
      patience,
      definePlugin({
        name: 'slow-boot',
        setup({ hooks }) {
          hooks.prepareSystem.tap(async (_config, context) => {
            expect(await context.identity()).toBeUndefined();
            slow.remove();
          });
        },
      })(),
    ],
  );
  expect(messages(records, 'the identity of this machine is not known')).toHaveLength(1);
});

test('the end does not wait for credentials that do not come', async () => {
  const path = '/latest/meta-data/iam/security-credentials/';
  imds.faults.add({ match: { path }, answer: 'hang' });
  const { result, records } = await runScripted(onInstance(), async ({ pass }) => pass(60));
  expect(result.exitCode).toBe(0);
  expect(messages(records, 'metrics were not published')).toHaveLength(1);
});

test('the Name tag tells the boot, and no job gets the keys', async () => {
  const { accessKeyId, secretAccessKey } = cloudWatch.credentials;
  const variables = {
    ...onInstance(),
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    BTIME: String(Math.floor(Date.now() / 1_000) - 1_000),
  };
  const { records, ofJobs } = await runScripted(variables, async () => {
    await expect.poll(() => ec2.tagsOf(ID)['Name']).toMatch(/^runner \(\d+\+\d+ sec\)$/);
  });
  expect(ec2.tagsOf(ID)['ci-storage:boot']).toBe(variables.BTIME);
  expect(ofJobs['GH_REPOSITORY']).toBe('octo/app');
  expect(Object.keys(ofJobs).filter((name) => /ACCESS_KEY/.test(name))).toEqual([]);
  expect(JSON.stringify(records)).not.toContain(secretAccessKey);
  expect(cloudWatch.published.length).toBeGreaterThan(0);
});

test.each([{ CI_RUNNER_NAME_TAG: 'false' }, { CI_RUNNER_INSTANCE_ID: '0f1e2d3c' }])(
  'with %o no tag is touched',
  async (more) => {
    const BTIME = String(Math.floor(Date.now() / 1_000) - 1_000);
    await runScripted({ ...onInstance(), ...more, BTIME }, async ({ pass }) => {
      await pass(60);
      await expect.poll(() => named('InstanceUptimeSec').length).toBeGreaterThan(0);
    });
    expect(ec2.actions).toEqual([]);
  },
);

test.each([
  ['AWS_REGION', 'eu central'],
  ['CI_RUNNER_NAME_TAG', 'yes'],
  ['AWS_ENDPOINT_URL_EC2', 'ec2'],
])('refuses %s=%s', async (name, value) => {
  const { result } = await runScripted({ [name]: value }, async () => {});
  expect(result.exitCode).toBe(78);
  expect(result.error?.message).toContain(`${name}: got "${value}"; takes`);
});
