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
    });
    await eventually(() => rig.event('listener-ended'));
    expect(rig.event('listener-ended')).toMatchObject({ code: 7, next: 'serve' });
    rig.github.behaviour.oldestVersion = '0';
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

it('a session that a dead Listener has left is waited out, then the runner gets a new name', async () => {
  const rig = await startRig({ clock: hastyClock(), prepare: withFault() });
  const name = await onlineName(rig);
  const listener = await eventually(async () => findProcess(rig.machine, 'Runner.Listener'));
  process.kill(listener, 'SIGKILL');
  await onlineName(rig, name);
  const codes = rig.records
    .filter((record) => record['event'] === 'listener-ended')
    .map((record) => [record['code'], record['next']]);
  expect(codes).toEqual([
    [null, 'serve'],
    [5, 'serve'],
    [5, 'serve'],
    [5, 'register'],
  ]);
  await endClean(rig);
});

it('a job of which the Listener prints no result is given up, and the drain does not wait for it', async () => {
  const finished: string[] = [];
  const rig = await startRig({
    clock: hastyClock(),
    prepare: withFault('message-timeout'),
    tap: (hooks) => hooks.afterJob.tap((job) => void finished.push(job.result)),
  });
  const job = rig.queue('true');
  await job.acquired;
  await eventually(() => finished.length > 0 || undefined);
  expect(finished).toEqual(['Unknown']);
  // GitHub was told nothing, and refuses the deletion as long as it believes in the job.
  job.abandon();
  await endClean(rig);
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

  it('ends a Worker that does not even read its job', async () => {
    const clock = hastyClock();
    const rig = await startRig({ clock, variables, prepare: withFault('worker-never-reads') });
    const job = rig.queue('true');
    await job.acquired;
    await eventually(async () => findProcess(rig.machine, 'Runner.Worker'));
    rig.drain();
    await eventually(() => /did not stop within/.test(rig.log()) || undefined);
    job.abandon();
    expect((await rig.ended).exitCode).toBe(0);
    await expectNothingLeft(rig);
  });
});
