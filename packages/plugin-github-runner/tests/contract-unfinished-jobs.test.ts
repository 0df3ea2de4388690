import { describe, expect, it } from 'vitest';
import { endClean, expectService, gatedStep, hurry, startWatched } from './contract-rig.ts';
import { hastyClock } from './hasty-clock.ts';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, findProcess } from './machine.ts';
import { quickClock } from './quick-clock.ts';

describe('a job that is announced and never completed', () => {
  const renewal = { path: '/_run/renewjob' };

  it('because its lock cannot be taken is given up, and a drain does not wait for it', async () => {
    const rig = await startWatched({
      clock: hastyClock(),
      prepare: async (_machine, github) =>
        void github.faults.add({ match: renewal, times: 1, answer: { status: 404 } }),
    });
    const job = rig.queue('true');
    await eventually(() => rig.results[0]);
    expect(rig.results).toEqual(['Unknown']);
    expect(await findProcess(rig.machine, 'Runner.Worker')).toBeUndefined();
    // GitHub was told nothing, and refuses the deletion as long as it believes in the job.
    job.abandon();
    await endClean(rig);
  });

  it('because it is cancelled before its Worker starts is given up, and the runner serves on', async () => {
    const rig = await startWatched({
      clock: quickClock(30),
      prepare: async (_machine, github) =>
        void github.faults.add({ match: renewal, times: 1, delayMs: 20_000 }),
    });
    const job = rig.queue('true');
    await eventually(() => rig.log().includes('Running job: build'));
    job.cancel();
    expect((await job.completed).result).toBe('Canceled');
    await eventually(() => rig.results[0]);
    expect(rig.results).toEqual(['Unknown']);
    await expectService(rig);
    await endClean(rig);
  });

  it('because its Worker does not read it is given up, and a drain does not wait for it', async () => {
    const rig = await startWatched({
      prepare: async (machine) => hurry(machine, 'message-timeout'),
    });
    const job = rig.queue('true');
    await eventually(() => rig.results[0]);
    expect(rig.results).toEqual(['Unknown']);
    job.abandon();
    await endClean(rig);
  });
});

it('a lock that the Listener does not renew lets GitHub give the job up: its Worker is waited for', async () => {
  const rig = await startWatched({
    gitHub: { jobLockMs: 3_000 },
    prepare: async (machine) => hurry(machine, 'stop-renewing'),
  });
  const { script, open } = gatedStep(rig);
  const job = rig.queue(script);
  await eventually(() => rig.event('job-started'));
  expect((await job.completed).result).toBe('Abandoned');
  rig.drain();
  await eventually(() => rig.log().includes('waiting for the end of job "build"'));
  expect(await findProcess(rig.machine, 'Runner.Worker')).toBeDefined();
  await open();
  expect((await rig.ended).exitCode).toBe(0);
  expect(rig.results).toEqual(['Succeeded']);
  await expectNothingLeft(rig);
});
