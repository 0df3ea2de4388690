import {
  createRunner,
  definePlugin,
  systemEffects,
  type Plugin,
  type RunResult,
  type Sample,
} from '@ci-runner/core';
import {
  accessDenied,
  startCloudWatch,
  throttled,
  type EmbeddedCloudWatch,
  type PublishedMetric,
} from '@ci-runner/sandbox';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cloudwatch } from '../src/index.ts';
import { handClock, until } from './hand-clock.ts';

interface MetricsRecord {
  readonly event?: string;
  readonly message: string;
  readonly samples: readonly Sample[];
}

const REGISTRATION = { id: 1, name: 'test', labels: [] };
const JOB = { name: 'build', workspace: undefined, startedAt: 0 };

interface OneJobSpec {
  /** Waits for the first collection. */
  readonly booted: () => Promise<void>;
  /** Waits for one more. */
  readonly collect: () => Promise<void>;
  readonly drain: () => Promise<void>;
}

/** A runner that has one job, then is idle, then is drained; metrics are collected in each state. */
const oneJob = ({ booted, collect, drain }: OneJobSpec): Plugin =>
  definePlugin({
    name: 'stub-runner',
    setup({ hooks }) {
      hooks.resolveRegistration.tap(() => REGISTRATION);
      hooks.resolveServed.tap(async (_serving, _context) => {
        const { events } = _serving;
        await events.idle();
        await booted();
        await collect();
        await events.jobStarted(JOB);
        await collect();
        await events.jobFinished({ ...JOB, result: 'Succeeded', ms: 1 });
        await collect();
        await drain();
        return new Promise<never>(() => {});
      });
      hooks.resolveDrained.tap(() => ({
        deregistered: true,
        jobWasRunning: false,
        jobResult: undefined,
      }));
    },
  })();

const run = async (
  variables: Readonly<Record<string, string>>,
  beforeDrain: (records: readonly MetricsRecord[]) => Promise<void> = async () => {},
): Promise<{ result: RunResult; records: readonly MetricsRecord[]; metrics: MetricsRecord[] }> => {
  const records: MetricsRecord[] = [];
  const { clock, pass } = handClock();
  const metrics = (): MetricsRecord[] => records.filter(({ event }) => event === 'metrics');
  const collect = async (): Promise<void> => {
    const before = metrics().length;
    await pass(60);
    await until(() => metrics().length > before);
  };
  const runner = createRunner({
    config: {
      plugins: [
        cloudwatch(),
        oneJob({
          booted: async () => until(() => metrics().length > 0),
          collect,
          drain: async () => {
            await beforeDrain(records);
            runner.drain('the test is over');
          },
        }),
      ],
    },
    environment: {
      GH_REPOSITORY: 'octo/app',
      AWS_EC2_METADATA_DISABLED: 'true',
      LOG_FORMAT: 'json',
      CI_RUNNER_USER: 'nobody',
      ...variables,
    },
    write: (line) => records.push(JSON.parse(line) as MetricsRecord),
    effects: { ...systemEffects, clock },
  });
  return { result: await runner.run(), records, metrics: metrics() };
};

const IDENTIFIED = { CI_RUNNER_INSTANCE_ID: 'i-1', AWS_REGION: 'eu-central-1' };

let cloudWatch: EmbeddedCloudWatch;

beforeEach(async () => {
  cloudWatch = await startCloudWatch({ region: 'eu-central-1' });
  // The SDK reads its own variables of the process.
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDWATCH', cloudWatch.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', cloudWatch.credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', cloudWatch.credentials.secretAccessKey);
});
afterEach(async () => cloudWatch.close());

const named = (name: string): readonly PublishedMetric[] =>
  cloudWatch.published.filter((metric) => metric.name === name);

const messages = (records: readonly MetricsRecord[], part: string): string[] =>
  records.map(({ message }) => message).filter((message) => message.includes(part));

const WAITING = 'are not published to CloudWatch, and wait';

describe('outside AWS', () => {
  it('logs the samples, says once why nothing is published, and publishes nothing', async () => {
    const { result, records, metrics } = await run({});
    expect(result).toEqual({ exitCode: 0, error: undefined });
    expect(metrics).toHaveLength(5);
    expect(messages(records, 'not published')).toEqual([
      'metrics are logged and not published: this machine is not in AWS, and has no credentials for it',
    ]);
    expect(cloudWatch.calls).toBe(0);
  });

  it('says which variable is missing where there are credentials and no region', async () => {
    const { records } = await run({ AWS_ACCESS_KEY_ID: 'AK' });
    expect(messages(records, 'not published')).toEqual([
      'metrics are logged and not published: no region is known: set AWS_REGION',
    ]);
  });
});

describe('in AWS', () => {
  it('publishes the share of the fleet for its scope and for its label', async () => {
    const { result } = await run({ ...IDENTIFIED, GH_LABELS: 'linux,large' });
    expect(result).toEqual({ exitCode: 0, error: undefined });
    const shares = named('ActiveRunnersPercent');
    expect(shares[0]).toMatchObject({
      namespace: 'ci-storage/metrics',
      unit: 'Percent',
      storageResolution: 1,
      dimensions: { GH_REPOSITORY: 'octo/app' },
    });
    expect(shares[1]?.dimensions).toEqual({ GH_REPOSITORY: 'octo/app', GH_LABEL: 'large' });
    expect(shares.length % 2).toBe(0);
    for (const { value } of shares) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(100);
    }
    expect(named('JobsCompleted')).toMatchObject([
      { value: 1, dimensions: { GH_LABEL: 'large', Result: 'Succeeded' } },
    ]);
    // That of the last collection, which comes after the drain.
    expect(named('DrainSeconds')).toMatchObject([{ dimensions: { Outcome: 'deregistered' } }]);
  });

  it('publishes the times of the instance under their old names', async () => {
    const bootTime = Math.floor(Date.now() / 1_000) - 1_000;
    await run({ ...IDENTIFIED, BTIME: String(bootTime), GH_LABELS: 'linux,large' });
    const dimensions = {
      Region: 'eu-central-1',
      GH_REPOSITORY: 'octo/app',
      GH_LABEL: 'large',
      InstanceId: 'i-1',
    };
    const uptime = named('InstanceUptimeSec')[0];
    expect(uptime).toMatchObject({ namespace: 'ci-storage/metrics', dimensions });
    expect(uptime?.value).toBeGreaterThanOrEqual(999);
    expect(uptime?.value).toBeLessThan(2_000);
    expect(named('RunnerUptimeSec')[0]).toMatchObject({ dimensions });
    expect(named('DockerBootSec')).toMatchObject([{ namespace: 'CWAgent', dimensions }]);
    expect(named('RunnerBootSec')).toMatchObject([{ namespace: 'CWAgent', dimensions }]);
  });

  it('keeps what cannot be published yet, and says so once', async () => {
    const throttling = cloudWatch.faults.add({ answer: throttled });
    const { result, records, metrics } = await run(IDENTIFIED, async (soFar) => {
      await expect.poll(() => messages(soFar, WAITING)).toHaveLength(1);
      throttling.remove();
    });
    expect(result.exitCode).toBe(0);
    expect(throttling.taken).toBeGreaterThan(0);
    expect(messages(records, WAITING)).toHaveLength(1);
    expect(named('SupervisorResidentBytes')).toHaveLength(metrics.length);
  });

  it('ends within its limit when CloudWatch does not answer', async () => {
    cloudWatch.faults.add({ answer: 'hang' });
    const { result, records } = await run(IDENTIFIED);
    expect(result.exitCode).toBe(0);
    expect(
      messages(records, 'were not published: CloudWatch did not take them in time'),
    ).toHaveLength(1);
  });

  it('goes on without permission', async () => {
    cloudWatch.faults.add({ answer: accessDenied });
    const { result, records } = await run(IDENTIFIED);
    expect(result.exitCode).toBe(0);
    expect(messages(records, 'not authorized to perform')).toHaveLength(1);
  });
});

it.each(['soon', '1700000000000', '-1', '1.5'])('refuses BTIME=%s', async (value) => {
  const { result } = await run({ BTIME: value });
  expect(result.exitCode).toBe(78);
  expect(result.error?.message).toContain(
    `BTIME: got "${value}"; takes digits: the host's boot time in seconds since the epoch`,
  );
});
