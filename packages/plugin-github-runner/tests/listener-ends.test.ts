import { writeRunnerKnobs, type RunnerFault } from '@ci-runner/sandbox';
import { describe, expect, it } from 'vitest';
import { hastyClock } from './hasty-clock.ts';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, findProcess, type Machine } from './machine.ts';
import { startRig, type Rig } from './rig.ts';

const TIME_SCALE = 0.02;

const withFault =
  (...faults: RunnerFault[]) =>
  async ({ runnerDirectory }: Machine): Promise<void> =>
    writeRunnerKnobs(runnerDirectory, { timeScale: TIME_SCALE, faults });

const onlineName = async (rig: Rig, other = ''): Promise<string> => {
  const runner = await eventually(() =>
    rig.github.runners().find(({ status, name }) => status === 'online' && name !== other),
  );
  return runner.name;
};

const endClean = async (rig: Rig): Promise<void> => {
  rig.drain();
  expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
  await expectNothingLeft(rig);
};

const refuseAll = async (machine: Machine, github: Rig['github']): Promise<void> => {
  await withFault()(machine);
  github.behaviour.oldestVersion = '9.0.0';
};

describe('a version that GitHub calls deprecated', () => {
  it('serves when GitHub has thought better of it', async () => {
    const rig = await startRig({
      clock: hastyClock(),
      prepare: refuseAll,
      onRecord: ({ event }, { behaviour }) => {
        if (event === 'listener-ended') behaviour.oldestVersion = '0';
      },
    });
    await eventually(() => rig.event('listener-ended'));
    expect(rig.event('listener-ended')).toMatchObject({ code: 7, next: 'serve' });
    // The session of a refused Listener is over at once.
    await eventually(async () => {
      const listener = await findProcess(rig.machine, 'Runner.Listener');
      return listener !== undefined && rig.github.runners()[0]?.status === 'online';
    });
    await endClean(rig);
  });

  it('ends the run when it stays so', async () => {
    const rig = await startRig({
      clock: hastyClock(),
      prepare: refuseAll,
    });
    const { exitCode, error } = await rig.ended;
    expect(exitCode).toBe(78);
    expect(error).toMatchObject({ code: 'RUNNER_OUTDATED' });
    await expectNothingLeft(rig);
  });
});

it('a Listener that hangs after a job’s acknowledgement is killed, and loses no job', async () => {
  const rig = await startRig({ clock: hastyClock(), prepare: withFault('hang-after-acknowledge') });
  await onlineName(rig);
  const job = rig.queue('true');
  let acquired = false;
  job.acquired.then(
    () => (acquired = true),
    () => {},
  );
  await eventually(() => rig.github.requests.some(({ path }) => path.endsWith('/acknowledge')));
  await endClean(rig);
  expect(acquired).toBe(false);
});

describe('GH_DRAIN_TIMEOUT_SEC', () => {
  const variables = { GH_DRAIN_TIMEOUT_SEC: '2' };

  it('cancels the job, which GitHub then knows, and the runner is deregistered', async () => {
    const rig = await startRig({ variables });
    const job = rig.queue('sleep 600');
    await eventually(() => rig.event('job-started'));
    rig.drain();
    expect((await job.completed).result).toBe('Failed');
    expect((await rig.ended).exitCode).toBe(0);
    expect(rig.event('drained')).toMatchObject({ jobWasRunning: true, jobResult: 'Canceled' });
    await expectNothingLeft(rig);
  });

  it.each<RunnerFault>(['worker-never-reads', 'hang-before-report', 'hang-after-report'])(
    'ends a Worker that never ends by itself: %s',
    async (fault) => {
      const clock = hastyClock();
      const rig = await startRig({ clock, variables, prepare: withFault(fault) });
      const job = rig.queue('true');
      await job.acquired;
      await eventually(async () => findProcess(rig.machine, 'Runner.Worker'));
      rig.drain();
      await eventually(() => /did not stop within/.test(rig.log()) || undefined);
      job.abandon();
      expect((await rig.ended).exitCode).toBe(0);
      await expectNothingLeft(rig);
    },
  );
});
