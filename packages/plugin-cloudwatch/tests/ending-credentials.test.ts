import {
  createRole,
  startCloudWatch,
  startEcsAgent,
  startImds,
  type AwsRole,
  type EmbeddedCloudWatch,
  type EmbeddedImds,
  type RoleOptions,
} from '@ci-runner/sandbox';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { messages, runScripted, type Hands } from './scripted-run.ts';

const REGION = 'eu-central-1';
const MINUTE_MS = 60_000;
/** For so many minutes a role's credentials are good, and for so many before that AWS has the next ones. */
const LIFETIME_MIN = 360;
const RENEWAL_MIN = 5;

let cloudWatch: EmbeddedCloudWatch;
let imds: EmbeddedImds;
let role: AwsRole;

/** Starts an AWS whose instance has a role; `now` is AWS's clock. */
const startAws = async (options: RoleOptions = {}): Promise<void> => {
  role = createRole(options);
  cloudWatch = await startCloudWatch({ region: REGION, role });
  imds = await startImds({ region: REGION, role });
  // The SDK reads its own variables of the process.
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDWATCH', cloudWatch.url);
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', imds.url);
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
};

beforeEach(() => {
  // Hours pass by setting this machine's clock, which is the SDK's too; whoever waits does so in real time.
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all([cloudWatch.close(), imds.close()]);
});

const onInstance = (): Record<string, string> => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.url });

/** Lets so many minutes pass, with a collection of metrics at their end. */
const passMinutes = async ({ pass }: Hands, minutes: number): Promise<void> => {
  vi.setSystemTime(Date.now() + minutes * MINUTE_MS);
  await pass(0);
};

const facts = async ({ status }: Hands): Promise<unknown> =>
  (await status()).plugins['cloudwatch']?.items[0]?.facts;

/** Until nothing waits. */
const allPublished = async (hands: Hands): Promise<void> =>
  expect.poll(async () => facts(hands)).toMatchObject({ waiting: 0, dropped: 0 });

const NOT_PUBLISHED = 'are not published to CloudWatch, and wait';

/** When SupervisorResidentBytes was measured that CloudWatch has, in minutes since the first of them. */
const minutesPublished = (): number[] => {
  const times = cloudWatch.published
    .filter(({ name }) => name === 'SupervisorResidentBytes')
    .map(({ at }) => at);
  return times.map((at) => Math.round((at - (times[0] ?? 0)) / MINUTE_MS));
};

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_none, index) => from + index);

test('credentials are renewed before they end', async () => {
  await startAws();
  const { result, records } = await runScripted(onInstance(), async (hands) => {
    await allPublished(hands);
    await passMinutes(hands, LIFETIME_MIN - 10);
    for (let minute = 0; minute < 20; minute += 1) {
      await allPublished(hands);
      await passMinutes(hands, 1);
    }
    await allPublished(hands);
  });
  expect(result.exitCode).toBe(0);
  expect(messages(records, NOT_PUBLISHED)).toEqual([]);
  expect(minutesPublished()).toEqual([0, ...range(350, 370), 370]);
  expect(role.issued).toHaveLength(2);
});

test('what is measured while no new ones are to be had is published later', async () => {
  await startAws();
  const { records } = await runScripted(onInstance(), async (hands) => {
    await allPublished(hands);
    await passMinutes(hands, LIFETIME_MIN - RENEWAL_MIN - 1);
    await allPublished(hands);
    const away = imds.faults.add({ answer: 'reset' });
    for (let minute = 0; minute < 12; minute += 1) {
      const before = away.taken;
      await passMinutes(hands, 1);
      await expect.poll(() => away.taken).toBeGreaterThan(before);
    }
    await expect.poll(() => messages(hands.records, NOT_PUBLISHED)).toHaveLength(1);
    away.remove();
    await passMinutes(hands, 1);
    await allPublished(hands);
  });
  expect(messages(records, NOT_PUBLISHED)).toHaveLength(1);
  expect(messages(records, 'published to CloudWatch again')).toHaveLength(1);
  expect(minutesPublished()).toEqual([0, ...range(354, 367), 367]);
});

test('ones that have ended while this machine stood still are renewed', async () => {
  await startAws({ now: () => Date.now() + cloudWatch.clockOffsetMs });
  const { records } = await runScripted(onInstance(), async (hands) => {
    await allPublished(hands);
    cloudWatch.clockOffsetMs = (LIFETIME_MIN + 1) * MINUTE_MS;
    await passMinutes(hands, 1);
    await allPublished(hands);
    await passMinutes(hands, 1);
    await allPublished(hands);
  });
  expect(messages(records, NOT_PUBLISHED)).toEqual([]);
  expect(role.issued).toHaveLength(2);
});

test('ones that the metadata service hands out too long are no longer used when it has others', async () => {
  await startAws({ renewMs: -3 * MINUTE_MS });
  const { records } = await runScripted(onInstance(), async (hands) => {
    await allPublished(hands);
    await passMinutes(hands, LIFETIME_MIN + 1);
    await expect.poll(() => messages(hands.records, NOT_PUBLISHED)).toHaveLength(1);
    await passMinutes(hands, 2);
    await allPublished(hands);
  });
  expect(messages(records, 'security token included in the request is expired')).toHaveLength(1);
  expect(minutesPublished()).toEqual([0, 361, 363, 363]);
});

test('those of a task’s role are renewed before they end', async () => {
  await startAws();
  const agent = await startEcsAgent({ role });
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', agent.credentialsUri);
  const variables = { ECS_CONTAINER_METADATA_URI_V4: agent.metadataUri, AWS_REGION: REGION };
  const { records } = await runScripted(variables, async (hands) => {
    await allPublished(hands);
    await passMinutes(hands, LIFETIME_MIN - 4);
    await allPublished(hands);
    await passMinutes(hands, 5);
    await allPublished(hands);
  });
  await agent.close();
  expect(messages(records, NOT_PUBLISHED)).toEqual([]);
  expect(minutesPublished()).toEqual([0, 356, 361, 361]);
  expect(role.issued).toHaveLength(2);
  expect(imds.requests).toEqual([]);
});
