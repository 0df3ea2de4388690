import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, findProcess } from './machine.ts';
import { DAY_MS, packRunner, setAge } from './releases.ts';
import { startRig, type Rig } from './rig.ts';
import { movableClock, startUpdateRig } from './update-rig.ts';

const variables = { GH_DRAIN_TIMEOUT_SEC: '2' };

const atLimit = async (rig: Rig): Promise<unknown> =>
  eventually(() => rig.records.some((record) => record['step'] === 'limit') || undefined);

/** A rig that waits with its update for the end of a job. */
const startUpdating = async (more: Readonly<Record<string, string>>) => {
  const clock = movableClock();
  const rig = await startUpdateRig(
    async (machine, releases) => {
      releases.offer('2.337.0', await packRunner(machine, '2.337.0'));
      await setAge(machine, 24);
    },
    { variables: more, clock },
  );
  const gate = join(rig.machine.scratch, 'gate');
  const job = rig.queue(`while [ ! -e ${gate} ]; do sleep 0.1; done`);
  await eventually(() => rig.event('job-started'));
  const update = async (): Promise<void> => {
    clock.move(2 * DAY_MS);
    await eventually(() => /waiting for the end of job "build"/.test(rig.log()) || undefined);
  };
  return { rig, job, update, finish: async () => writeFile(gate, '') };
};

it('of a stop during the drain for an update begins after its delay', async () => {
  const { rig, job, update, finish } = await startUpdating({ DEBUG_SHUTDOWN_DELAY_SEC: '2' });
  const reason = async (): Promise<unknown> => (await rig.status('drain'))?.facts['reason'];
  await update();
  expect(await reason()).toBe('update to actions-runner 2.337.0');
  rig.drain();
  await eventually(async () => (await reason()) === 'SIGTERM' || undefined);
  await finish();
  expect((await job.completed).result).toBe('Succeeded');
  expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
  expect(rig.log()).toContain('the drain begins in 2 s (DEBUG_SHUTDOWN_DELAY_SEC)');
  expect(rig.event('drained')).toMatchObject({ reason: 'SIGTERM' });
});

it('ends the wait of a stop for a GitHub that fails, also when an update has begun the drain', async () => {
  const { rig, job, update, finish } = await startUpdating(variables);
  const match = { method: 'DELETE', path: /\/actions\/runners\/\d+$/ };
  const outage = rig.github.faults.add({ match, answer: { status: 500 } });
  await update();
  await finish();
  expect((await job.completed).result).toBe('Succeeded');
  await eventually(() => outage.taken > 0 || undefined);
  rig.drain();
  await atLimit(rig);
  outage.remove();
  expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
  await expectNothingLeft(rig);
});

it('ends a job whose Listener is dead', async () => {
  const rig = await startRig({ variables });
  const job = rig.queue('sleep 600');
  await eventually(() => rig.event('job-started'));
  const listener = await eventually(async () => findProcess(rig.machine, 'Runner.Listener'));
  process.kill(listener, 'SIGKILL');
  await eventually(() => /its job still runs/.test(rig.log()) || undefined);
  rig.drain();
  await atLimit(rig);
  await eventually(async () => !(await findProcess(rig.machine, 'Runner.Worker')) || undefined);
  // As GitHub does some minutes after the last renewal of the job's lock.
  job.abandon();
  expect((await rig.ended).exitCode).toBe(0);
  await expectNothingLeft(rig);
});
