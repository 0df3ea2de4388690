import { describe, expect, test } from 'vitest';
import { metrics, type MetricName } from './catalogue.ts';
import { createRunMeter, type RunMeter } from './run-meter.ts';
import type { Sample } from './sample.ts';

const measured = (): { meter: RunMeter; pass: (seconds: number) => void } => {
  let now = 1_700_000_000_000;
  const clock = { now: () => now, sleep: async (): Promise<void> => {} };
  return {
    meter: createRunMeter({ clock, residentBytes: () => 1_000 }),
    pass: (seconds) => void (now += seconds * 1_000),
  };
};

const values = (samples: readonly Sample[], name: MetricName): number[] =>
  samples.filter((sample) => sample.name === name).map(({ value }) => value);

const share = (meter: RunMeter): number[] => values(meter.take(), 'ActiveRunnersPercent');

describe('the share of the time with a job', () => {
  test('is not known before a runner is registered', () => {
    const { meter, pass } = measured();
    pass(60);
    expect(share(meter)).toEqual([]);
  });

  test('begins with the registration', () => {
    const { meter, pass } = measured();
    pass(60);
    meter.registered();
    pass(10);
    meter.jobStarted();
    pass(30);
    expect(share(meter)).toEqual([75]);
  });

  test('goes on over the end of a period', () => {
    const { meter, pass } = measured();
    meter.registered();
    pass(45);
    meter.jobStarted();
    pass(15);
    expect(share(meter)).toEqual([25]);
    pass(60);
    expect(share(meter)).toEqual([100]);
    pass(30);
    meter.jobEnded('Succeeded');
    pass(30);
    expect(share(meter)).toEqual([50]);
    pass(60);
    expect(share(meter)).toEqual([0]);
  });

  test('leaves out the time between two registrations', () => {
    const { meter, pass } = measured();
    meter.registered();
    for (let jobs = 0; jobs < 3; jobs += 1) {
      meter.jobStarted();
      pass(20);
      meter.jobEnded('Succeeded');
      meter.unregistered();
      pass(3);
      meter.registered();
    }
    expect(share(meter)).toEqual([100]);
    pass(30);
    meter.unregistered();
    expect(share(meter)).toEqual([0]);
    pass(60);
    expect(share(meter)).toEqual([]);
  });

  test('adds jobs up that follow each other', () => {
    const { meter, pass } = measured();
    meter.registered();
    for (let jobs = 0; jobs < 3; jobs += 1) {
      meter.jobStarted();
      meter.jobStarted();
      pass(10);
      meter.jobEnded('Succeeded');
      meter.jobEnded('Succeeded');
      pass(10);
    }
    expect(share(meter)).toEqual([50]);
  });

  test('is absent of a period without a length, and in its range when the clock is set back', () => {
    const { meter, pass } = measured();
    meter.registered();
    expect(share(meter)).toEqual([]);
    meter.jobStarted();
    pass(-10);
    expect(share(meter)).toEqual([]);
    pass(10);
    expect(share(meter)).toEqual([100]);
  });
});

describe('jobs', () => {
  test('are counted by result, once', () => {
    const { meter, pass } = measured();
    for (const result of ['Succeeded', 'Failed', 'Succeeded', undefined]) {
      meter.jobStarted();
      pass(5);
      meter.jobEnded(result);
    }
    const samples = meter.take();
    expect(values(samples, 'JobsStarted')).toEqual([4]);
    const completed = samples.filter(({ name }) => name === 'JobsCompleted');
    expect(completed.map(({ dimensions, value }) => [dimensions?.['Result'], value])).toEqual([
      ['Succeeded', 2],
      ['Failed', 1],
      ['Unknown', 1],
    ]);
    expect(values(samples, 'JobSeconds')).toEqual([5, 5, 5, 5]);
    expect(meter.take().map(({ name }) => name)).toEqual(['SupervisorResidentBytes']);
  });

  test('last over the samples in between', () => {
    const { meter, pass } = measured();
    meter.registered();
    meter.jobStarted();
    pass(60);
    meter.take();
    pass(60);
    meter.jobEnded('Succeeded');
    expect(values(meter.take(), 'JobSeconds')).toEqual([120]);
  });
});

test('phases and the drain are told once, each with its time', () => {
  const { meter, pass } = measured();
  for (const name of ['configure', 'prepare system', 'prepare workspace', 'register', 'serve']) {
    meter.phaseEnded(name, 1_500);
  }
  const requestedAt = 1_700_000_000_000;
  pass(20);
  meter.drainEnded(requestedAt, { deregistered: true, jobWasRunning: false, jobResult: undefined });
  meter.drainEnded(requestedAt, {
    deregistered: false,
    jobWasRunning: false,
    jobResult: undefined,
  });
  meter.drainEnded(requestedAt, undefined);
  const told = meter
    .take()
    .map(({ name, value, dimensions = {} }) => [name, value, ...Object.values(dimensions)]);
  expect(told).toEqual([
    ['BootPhaseSeconds', 1.5, 'configure'],
    ['BootPhaseSeconds', 1.5, 'prepare system'],
    ['BootPhaseSeconds', 1.5, 'prepare workspace'],
    ['RegistrationSeconds', 1.5],
    ['DrainSeconds', 20, 'deregistered'],
    ['DrainSeconds', 20, 'still registered'],
    ['DrainSeconds', 20, 'failed'],
    ['SupervisorResidentBytes', 1_000],
  ]);
});

test('samples have the dimensions that the catalogue names', () => {
  const { meter, pass } = measured();
  meter.registered();
  meter.phaseEnded('configure', 1);
  meter.phaseEnded('register', 1);
  meter.jobStarted();
  pass(1);
  meter.jobEnded('Failed');
  meter.drainEnded(0, undefined);
  const samples = meter.take();
  expect(new Set(samples.map(({ name }) => name)).size).toBe(8);
  for (const { name, unit, scope, dimensions = {} } of samples) {
    const entry = metrics[name as MetricName];
    expect([unit, scope, Object.keys(dimensions)]).toEqual([
      entry.unit,
      entry.scope,
      entry.dimensions,
    ]);
  }
});

test('no time is below 0 when the clock is set back', () => {
  const { meter, pass } = measured();
  meter.registered();
  meter.jobStarted();
  pass(-60);
  meter.jobEnded('Succeeded');
  const samples = meter.take();
  expect(values(samples, 'JobSeconds')).toEqual([0]);
  expect(values(samples, 'ActiveRunnersPercent')).toEqual([]);
});

test('a resident set that cannot be read takes no other sample along', () => {
  const clock = { now: () => 1_700_000_000_000, sleep: async (): Promise<void> => {} };
  const meter = createRunMeter({
    clock,
    residentBytes: () => {
      throw new Error('EMFILE: too many open files');
    },
  });
  meter.jobStarted();
  expect(meter.take().map(({ name }) => name)).toEqual(['JobsStarted']);
});
