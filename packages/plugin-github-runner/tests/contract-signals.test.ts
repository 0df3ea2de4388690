import { writeRunnerKnobs } from '@ci-runner/sandbox';
import { describe, expect, it } from 'vitest';
import {
  endClean,
  endsOf,
  expectService,
  firstEnd,
  gatedStep,
  listenerOf,
  online,
  startWatched,
  type WatchedRig,
} from './contract-rig.ts';
import { eventually, findProcess } from './machine.ts';
import { quickClock } from './quick-clock.ts';
import type { Rig, RigOptions } from './rig.ts';

/** GitHub forgets the session of a dead Listener, and the job of a dead Worker, within seconds. */
const FORGETFUL = { pollMs: 500, sessionMs: 2_000, jobLockMs: 12_000 };

const startForgetful = async (options: RigOptions = {}): Promise<WatchedRig> =>
  startWatched({
    clock: quickClock(4),
    gitHub: FORGETFUL,
    // After SIGTERM the Listener has 30 s of its own, in which a slow machine must manage to cancel the job.
    prepare: async ({ runnerDirectory }) => writeRunnerKnobs(runnerDirectory, { timeScale: 0.1 }),
    ...options,
  });

/** A runner in the middle of a job. */
const startBusy = async (options?: RigOptions) => {
  const rig = await startForgetful(options);
  const { script, open } = gatedStep(rig);
  const job = rig.queue(script);
  await eventually(() => rig.event('job-started'));
  await eventually(async () => findProcess(rig.machine, 'Runner.Worker'));
  return { rig, job, open };
};

/** The first end was this one, and the same registration serves again: whatever held its session has let go. */
const expectServedAgain = async (rig: Rig, name: string, code: number | null): Promise<void> => {
  expect(await firstEnd(rig)).toEqual([code, 'serve']);
  await expectService(rig);
  expect(rig.github.runners().map((runner) => runner.name)).toEqual([name]);
  await endClean(rig);
};

describe('an idle Listener that gets a signal from somebody else serves again', () => {
  it.each<[NodeJS.Signals, number | null]>([
    ['SIGINT', 0],
    ['SIGQUIT', 0],
    ['SIGTERM', 143],
    ['SIGHUP', null],
    ['SIGKILL', null],
  ])('%s', async (signal, code) => {
    const rig = await startForgetful();
    const { name } = await online(rig);
    process.kill(await listenerOf(rig), signal);
    await expectServedAgain(rig, name, code);
    expect(rig.results).toEqual(['Succeeded']);
  });

  it('SIGINT, when its session cannot be deleted', async () => {
    const rig = await startForgetful();
    const { name } = await online(rig);
    rig.github.faults.add({
      match: { method: 'DELETE', path: '/_broker/session' },
      times: 1,
      answer: { status: 500 },
    });
    process.kill(await listenerOf(rig), 'SIGINT');
    await expectServedAgain(rig, name, 2);
    expect(rig.log()).toContain('Failed to delete broker session');
  });
});

describe('a Listener with a job that gets a signal from somebody else', () => {
  it.each<[NodeJS.Signals, number]>([
    ['SIGINT', 0],
    ['SIGQUIT', 0],
    ['SIGTERM', 143],
  ])('%s cancels it, which afterJob hears once', async (signal, code) => {
    const { rig, job } = await startBusy();
    const { name } = await online(rig);
    process.kill(await listenerOf(rig), signal);
    expect((await job.completed).result).toBe('Failed');
    await expectServedAgain(rig, name, code);
    expect(rig.results).toEqual(['Canceled', 'Succeeded']);
  });

  it.each(['SIGHUP', 'SIGKILL'] as const)(
    '%s leaves it to its Worker, which is waited for',
    async (signal) => {
      const { rig, job, open } = await startBusy({ gitHub: { ...FORGETFUL, jobLockMs: 600_000 } });
      const { name } = await online(rig);
      process.kill(await listenerOf(rig), signal);
      await eventually(() => rig.log().includes('its job still runs'));
      expect(endsOf(rig)).toEqual([]);
      await open();
      expect((await job.completed).result).toBe('Succeeded');
      await expectServedAgain(rig, name, null);
      expect(rig.results).toEqual(['Unknown', 'Succeeded']);
    },
  );

  it('SIGTERM ends it after its limit even when the Worker is stuck, which is killed at GitHub’s', async () => {
    const { rig, job } = await startBusy({
      clock: quickClock(100),
      gitHub: { ...FORGETFUL, jobLockMs: 600_000 },
    });
    const worker = await eventually(async () => findProcess(rig.machine, 'Runner.Worker'));
    process.kill(worker, 'SIGSTOP');
    process.kill(await listenerOf(rig), 'SIGTERM');
    await eventually(() => rig.log().includes('outlived its Listener by more than GitHub waits'));
    expect(await firstEnd(rig)).toEqual([143, 'serve']);
    await eventually(async () => (await findProcess(rig.machine, 'Runner.Worker')) === undefined);
    expect(rig.results).toEqual(['Unknown']);
    job.abandon();
    await endClean(rig);
  });
});

describe('a Listener whose Worker gets the signal too', () => {
  it.each<[NodeJS.Signals, number | null, result: string, told: string]>([
    ['SIGINT', 0, 'Failed', 'Canceled'],
    ['SIGQUIT', 0, 'Failed', 'Canceled'],
    ['SIGTERM', 143, 'Failed', 'Canceled'],
    ['SIGHUP', null, 'Abandoned', 'Unknown'],
    ['SIGKILL', null, 'Abandoned', 'Unknown'],
  ])('%s', async (signal, code, result, told) => {
    const { rig, job } = await startBusy();
    const { name } = await online(rig);
    process.kill(-(await listenerOf(rig)), signal);
    expect((await job.completed).result).toBe(result);
    await expectServedAgain(rig, name, code);
    expect(rig.results).toEqual([told, 'Succeeded']);
  });
});

describe('a Worker that gets a signal alone', () => {
  it.each<[NodeJS.Signals, result: string, told: string]>([
    ['SIGINT', 'Succeeded', 'Succeeded'],
    ['SIGQUIT', 'Succeeded', 'Succeeded'],
    ['SIGTERM', 'Failed', 'Canceled'],
    ['SIGHUP', 'Failed', 'Failed'],
    ['SIGKILL', 'Failed', 'Failed'],
  ])('%s: its Listener serves on', async (signal, result, told) => {
    const { rig, job, open } = await startBusy();
    const worker = await eventually(async () => findProcess(rig.machine, 'Runner.Worker'));
    process.kill(worker, signal);
    await open();
    expect((await job.completed).result).toBe(result);
    await expectService(rig);
    expect(endsOf(rig)).toEqual([]);
    await endClean(rig);
    expect(rig.results).toEqual([told, 'Succeeded']);
  });
});

it('a step that heeds neither SIGINT nor SIGTERM is killed at the drain’s limit, and GitHub hears of it', async () => {
  const rig = await startForgetful({ variables: { GH_DRAIN_TIMEOUT_SEC: '20' } });
  const job = rig.queue(`trap '' INT TERM; while :; do sleep 0.1; done`);
  await eventually(() => rig.event('job-started'));
  await eventually(async () => findProcess(rig.machine, 'Runner.Worker'));
  await endClean(rig);
  expect((await job.completed).result).toBe('Failed');
  expect(rig.event('drained')).toMatchObject({ jobWasRunning: true, jobResult: 'Canceled' });
});
