import {
  createRunner,
  definePlugin,
  systemEffects,
  type Clock,
  type Plugin,
  type RunResult,
  type Sample,
} from '@ci-runner/core';
import { describe, expect, it } from 'vitest';
import { cloudwatch } from '../src/index.ts';

interface MetricsRecord {
  readonly event?: string;
  readonly message: string;
  readonly samples: readonly Sample[];
}

const REGISTRATION = { id: 1, name: 'test', labels: [] };
const JOB = { name: 'build', workspace: undefined, startedAt: 0 };

/** Sleeps that end when `tick` is called: a minute between two collections takes as long as the test wants. */
const handClock = (): { clock: Clock; tick: () => Promise<void> } => {
  const sleepers = new Set<() => void>();
  const clock: Clock = {
    now: () => Date.now(),
    sleep: async (_ms, signal) =>
      new Promise((resolve, reject) => {
        sleepers.add(resolve);
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      }),
  };
  return {
    clock,
    tick: async () => {
      while (sleepers.size === 0) await new Promise((resolve) => setImmediate(resolve));
      for (const wake of sleepers) wake();
      sleepers.clear();
    },
  };
};

/** A runner that has one job, then is idle, then is drained; metrics are collected in each state. */
const oneJob = (tick: () => Promise<void>, drain: () => void): Plugin =>
  definePlugin({
    name: 'stub-runner',
    setup({ hooks }) {
      hooks.resolveRegistration.tap(() => REGISTRATION);
      hooks.resolveServed.tap(async (_serving, _context) => {
        const { events } = _serving;
        await tick();
        await events.jobStarted(JOB);
        await tick();
        await events.jobFinished({ ...JOB, result: 'Succeeded', ms: 1 });
        await tick();
        drain();
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
): Promise<{ result: RunResult; metrics: MetricsRecord[] }> => {
  const records: MetricsRecord[] = [];
  const { clock, tick } = handClock();
  const metrics = (): MetricsRecord[] => records.filter(({ event }) => event === 'metrics');
  const collect = async (): Promise<void> => {
    const before = metrics().length;
    await tick();
    while (metrics().length === before) await new Promise((resolve) => setImmediate(resolve));
  };
  const runner = createRunner({
    config: { plugins: [cloudwatch(), oneJob(collect, () => runner.drain('the test is over'))] },
    environment: {
      GH_REPOSITORY: 'octo/app',
      LOG_FORMAT: 'json',
      CI_RUNNER_USER: 'nobody',
      ...variables,
    },
    write: (line) => records.push(JSON.parse(line) as MetricsRecord),
    effects: { ...systemEffects, clock },
  });
  return { result: await runner.run(), metrics: metrics() };
};

describe('cloudwatch', () => {
  it('logs the state of the runner through its life', async () => {
    const { result, metrics } = await run({});
    expect(result).toEqual({ exitCode: 0, error: undefined });
    const percent = metrics.map(
      ({ samples }) => samples.find(({ name }) => name === 'ActiveRunnersPercent')?.value,
    );
    // In the boot, free, with its job, free again, and at the end.
    expect(percent.map((value) => value !== undefined)).toEqual([false, true, true, true, true]);
    expect(metrics.at(-1)?.samples.map(({ name }) => name)).toContain('DrainSeconds');
    expect(metrics[1]?.message).toMatch(/^metrics \(logged, not published\): .*RunnerUptimeSec 0/);
  });

  it('measures the uptime of the host from BTIME', async () => {
    const { metrics } = await run({ BTIME: String(Math.floor(Date.now() / 1000) - 1_000) });
    const uptime = metrics[0]?.samples.find(({ name }) => name === 'InstanceUptimeSec')?.value;
    expect(uptime).toBeGreaterThanOrEqual(999);
    expect(uptime).toBeLessThan(2_000);
  });

  it.each(['soon', '1700000000000', '-1', '1.5'])('refuses BTIME=%s', async (value) => {
    const { result } = await run({ BTIME: value });
    expect(result.exitCode).toBe(78);
    expect(result.error?.message).toContain(
      `BTIME: got "${value}"; takes digits: the host's boot time in seconds since the epoch`,
    );
  });
});
