import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Clock, Logger, ServeEvents } from '@ci-runner/core';
import { createJobTracker, type JobTracker } from './job-tracker.ts';

const quiet: Logger = { info: () => {}, warn: () => {}, error: () => {}, child: () => quiet };
const clock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}),
};

const track = (
  options: {
    hookReports?: boolean;
    refuse?: string;
    hold?: Promise<void>;
    workerAlive?: () => boolean;
  } = {},
): { tracker: JobTracker; told: string[] } => {
  const told: string[] = [];
  const events: ServeEvents = {
    idle: async () => void told.push('idle'),
    jobStarting: async (job) => {
      await options.hold;
      told.push(`starting ${job.name} ${job.workspace}`);
      return options.refuse;
    },
    deregistering: async () => {},
    jobStarted: async (job) => void told.push(`started ${job.name}`),
    jobFinished: async (job) => {
      const end = { true: ' whole', false: '', undefined: ' of which nothing is known' };
      told.push(`finished ${job.name} ${job.result}${end[`${job.stepsEnded}`]}`);
    },
  };
  const { hookReports = true, workerAlive = () => true } = options;
  const deps = { events, clock, log: quiet, hookReports, workerAlive };
  return { told, tracker: createJobTracker(deps) };
};

describe('createJobTracker', () => {
  it('tells every event of a job once, however often the hook reports', async () => {
    const { tracker, told } = track();
    tracker.listening();
    tracker.jobRunning('a');
    expect(await Promise.all([tracker.hookReported('/w'), tracker.hookReported('/x')])).toEqual([
      undefined,
      undefined,
    ]);
    tracker.jobCompleted('Succeeded');
    tracker.jobCompleted('Failed');
    tracker.jobVanished();
    await tracker.settled();
    expect(told).toEqual(['idle', 'starting a /w', 'started a', 'finished a Succeeded', 'idle']);
  });

  it('waits for the line of a job whose hook was quicker', async () => {
    const { tracker, told } = track({ refuse: 'no' });
    const reported = tracker.hookReported('/w');
    tracker.jobRunning('a');
    expect(await reported).toBe('no');
    expect(told).toEqual(['starting a /w', 'started a']);
  });

  it('does not count a report without a job', { timeout: 10_000 }, async () => {
    const { tracker, told } = track();
    expect(await tracker.hookReported('/w')).toBeUndefined();
    expect(told).toEqual([]);
  });

  it('does not count the report of a process that an earlier job has left', async () => {
    let alive = false;
    const { tracker, told } = track({ refuse: 'no', workerAlive: () => alive });
    tracker.jobRunning('a');
    expect(await tracker.hookReported('/forged')).toBeUndefined();
    expect(tracker.job).toMatchObject({ hookReported: false });
    alive = true;
    expect(await tracker.hookReported('/w')).toBe('no');
    expect(told).toEqual(['starting a /w', 'started a']);
  });

  it('tells the start at the end when the hook never reported, at once when it cannot', async () => {
    const silent = track();
    silent.tracker.jobRunning('a');
    await silent.tracker.settled();
    expect(silent.told).toEqual([]);
    silent.tracker.jobCompleted('Failed');
    await silent.tracker.settled();
    expect(silent.told).toEqual(['started a', 'finished a Failed', 'idle']);

    const none = track({ hookReports: false });
    none.tracker.jobRunning('a');
    await none.tracker.settled();
    expect(none.told).toEqual(['started a']);
  });

  it('ends a job without a result when it vanishes or the next one comes', async () => {
    const { tracker, told } = track({ hookReports: false });
    tracker.jobRunning('a');
    const first = tracker.job;
    tracker.jobRunning('b');
    tracker.jobVanished(first);
    await tracker.settled();
    expect(tracker.job).toMatchObject({ name: 'b' });
    tracker.jobVanished(tracker.job);
    await tracker.settled();
    expect(tracker.job).toBeUndefined();
    expect(told).toEqual([
      'started a',
      'finished a Unknown of which nothing is known',
      'started b',
      'finished b Unknown of which nothing is known',
      'idle',
    ]);
  });

  it('says whether the last step has ended, and ends the job at its result', async () => {
    const { tracker, told } = track();
    tracker.jobRunning('a');
    tracker.stepsEnded('/w');
    await tracker.settled();
    expect(told).toEqual([]);
    tracker.jobCompleted('Failed');
    await tracker.settled();
    tracker.jobRunning('b');
    tracker.jobCompleted('Canceled');
    await tracker.settled();
    expect(told).toEqual([
      'started a',
      'finished a Failed whole',
      'idle',
      'started b',
      'finished b Canceled',
      'idle',
    ]);
  });

  it('does not count an end that comes without a job', async () => {
    let alive = true;
    const { tracker, told } = track({ workerAlive: () => alive });
    tracker.stepsEnded('/w');
    alive = false;
    tracker.jobRunning('a');
    tracker.stepsEnded('/w');
    tracker.jobCompleted('Succeeded');
    await tracker.settled();
    expect(told).toEqual(['started a', 'finished a Succeeded', 'idle']);
  });

  it('keeps beforeJob of the next job behind afterJob of this one', async () => {
    const gate = Promise.withResolvers<void>();
    const { tracker, told } = track({ hold: gate.promise });
    tracker.jobRunning('a');
    const first = tracker.hookReported('/w');
    await sleep(0);
    tracker.jobCompleted('Canceled');
    tracker.jobRunning('b');
    const second = tracker.hookReported('/w');
    gate.resolve();
    await Promise.all([first, second]);
    await tracker.settled();
    expect(told).toEqual([
      'starting a /w',
      'started a',
      'finished a Canceled',
      'starting b /w',
      'started b',
    ]);
  });
});
