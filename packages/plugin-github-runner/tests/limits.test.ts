import { systemEffects, type Clock } from '@ci-runner/core';
import { writeRunnerKnobs } from '@ci-runner/sandbox';
import { describe, expect, it } from 'vitest';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, findProcess } from './machine.ts';
import { startRig } from './rig.ts';

describe('a limit of the runner’s life', () => {
  it.each([
    ['GH_MAX_AGE_SEC', '2 s of service (GH_MAX_AGE_SEC)'],
    ['GH_IDLE_TIMEOUT_SEC', 'no job for 2 s (GH_IDLE_TIMEOUT_SEC)'],
  ])('%s begins a drain', async (name, reason) => {
    const rig = await startRig({ variables: { [name]: '2' } });
    expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
    expect(rig.event('drained')).toMatchObject({ reason });
    await expectNothingLeft(rig);
  });

  it('GH_MAX_JOBS lets the last job end', async () => {
    const rig = await startRig({ variables: { GH_MAX_JOBS: '2' } });
    expect((await rig.queue('true').completed).result).toBe('Succeeded');
    expect((await rig.queue('sleep 1').completed).result).toBe('Succeeded');
    expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
    expect(rig.event('drained')).toMatchObject({
      reason: '2 jobs (GH_MAX_JOBS)',
      jobWasRunning: true,
      jobResult: 'Succeeded',
    });
    await expectNothingLeft(rig);
  });

  it('GH_IDLE_TIMEOUT_SEC does not count a job', async () => {
    const rig = await startRig({ variables: { GH_IDLE_TIMEOUT_SEC: '4' } });
    const job = rig.queue('sleep 6');
    expect((await job.completed).result).toBe('Succeeded');
    await eventually(() => rig.event('drained'));
    expect(rig.event('drained')).toMatchObject({ jobWasRunning: false });
    expect((await rig.ended).exitCode).toBe(0);
  });
});

/** The machine's clock, but sleeps of `length` milliseconds last until the test ends them. */
const heldClock = (length: number): { clock: Clock; held: (() => void)[] } => {
  const held: (() => void)[] = [];
  const sleep: Clock['sleep'] = async (ms, signal) => {
    if (ms !== length) return systemEffects.clock.sleep(ms, signal);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    held.push(resolve);
    return promise;
  };
  return { clock: { ...systemEffects.clock, sleep }, held };
};

it('GH_IDLE_TIMEOUT_SEC does not count a job that has not come to its hook yet', async () => {
  const { clock, held } = heldClock(7_777_000);
  const rig = await startRig({
    clock,
    variables: { GH_IDLE_TIMEOUT_SEC: '7777' },
    prepare: async ({ runnerDirectory }) =>
      writeRunnerKnobs(runnerDirectory, { faults: ['worker-never-reads'] }),
  });
  await eventually(() => held.length === 1);
  const job = rig.queue('true');
  const worker = await eventually(async () => findProcess(rig.machine, 'Runner.Worker'));
  await eventually(() => rig.log().includes('Running job: build'));
  held[0]?.();
  await systemEffects.clock.sleep(0);
  expect(await rig.status('drain')).toBeUndefined();
  expect(rig.log()).not.toContain('draining');
  process.kill(worker, 'SIGKILL');
  await job.completed;
  await eventually(() => held.length === 2);
  held[1]?.();
  expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
  expect(rig.event('drained')).toMatchObject({
    reason: 'no job for 7777 s (GH_IDLE_TIMEOUT_SEC)',
    jobWasRunning: false,
  });
  await expectNothingLeft(rig);
});
