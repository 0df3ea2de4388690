import { describe, expect, it } from 'vitest';
import { expectNothingLeft } from './leftovers.ts';
import { eventually } from './machine.ts';
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
