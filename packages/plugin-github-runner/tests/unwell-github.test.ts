import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault, FaultMatch } from '@ci-runner/sandbox';
import { expect, it } from 'vitest';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, wrapConfig, type Machine } from './machine.ts';
import { startRig, type Rig } from './rig.ts';

/** Runs against a GitHub that does `faults` to the requests that match, one after the other; later ones pass. */
const startUnwell = async (
  match: FaultMatch,
  faults: Fault[],
  prepare?: (machine: Machine) => Promise<void>,
): Promise<Rig> =>
  startRig({
    prepare: async (machine, github) => {
      for (const answer of faults) github.faults.add({ match, times: 1, answer });
      await prepare?.(machine);
    },
  });

const registered = async (rig: Rig): Promise<void> => {
  const end = await Promise.race([
    eventually(() => rig.event('registered')).then(() => undefined),
    rig.ended,
  ]);
  expect(end).toBeUndefined();
};

const deletes: FaultMatch = { method: 'DELETE', path: /\/actions\/runners\/\d+$/ };

/** config.sh looks there too. */
const ownLookup: FaultMatch = { path: /\/actions\/runners(?:\?.*)?$/, userAgent: 'ci-runner' };

const notNow = (status: number, headers = {}): Fault => ({
  status,
  headers,
  body: { message: 'not now' },
});

const page = { status: 200, body: '<html>Please log in</html>' };

it('a drain outlasts refused deletes and takes a job that comes meanwhile to its end', async () => {
  const rig = await startUnwell(deletes, [
    notNow(502),
    notNow(422),
    notNow(403, { 'retry-after': '1' }),
    notNow(422),
  ]);
  await eventually(() => rig.github.runners().some(({ status }) => status === 'online'));
  rig.drain();
  await eventually(() => /did not delete runner 1: 502 not now/.test(rig.log()) || undefined);
  const mark = join(rig.machine.scratch, 'mark');
  const job = rig.queue(`while [ ! -e ${mark} ]; do sleep 0.1; done`);
  await eventually(() => /waiting for the end of job "build"/.test(rig.log()) || undefined);
  await writeFile(mark, '');
  expect((await job.completed).result).toBe('Succeeded');
  expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
  expect(rig.log().match(/did not delete runner/g)).toHaveLength(4);
  expect(rig.event('drained')).toMatchObject({ jobWasRunning: false });
  await expectNothingLeft(rig);
});

it('survives a GitHub that gives no registration token for a while', async () => {
  const rig = await startUnwell({ path: /\/registration-token$/ }, [
    notNow(502),
    notNow(429, { 'retry-after': '1' }),
    page,
    { status: 201, body: {} },
  ]);
  await registered(rig);
  expect(rig.log()).toContain('201 without the expected JSON');
  rig.drain();
  expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
  await expectNothingLeft(rig);
});

it('registers after all when config.sh loses the answer to its registration', async () => {
  const register = { path: '/api/v3/actions/runners/register' };
  const rig = await startUnwell(register, ['lose-answer', 'reset', 'reset']);
  await registered(rig);
  expect(rig.event('deregistered')).toMatchObject({ id: 1 });
  expect(rig.github.runners()).toHaveLength(1);
  rig.drain();
  expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
  await expectNothingLeft(rig);
});

it('does not run config.sh again after a refused token', async () => {
  const connection = { path: '/api/v3/actions/runner-registration' };
  const rig = await startUnwell(connection, [{ status: 404 }]);
  const { exitCode, error } = await rig.ended;
  expect(exitCode).toBe(70);
  expect(error).toMatchObject({ code: 'PROCESS_FAILED' });
  await expectNothingLeft(rig);
});

it('finds the runner of a failed registration behind a page that is no list', async () => {
  const rig = await startUnwell(
    ownLookup,
    [page, { status: 200, body: { runners: null } }],
    async ({ runnerDirectory }) => wrapConfig(runnerDirectory, '"$real" "$@"; exit 1'),
  );
  expect((await rig.ended).exitCode).toBe(70);
  expect(rig.event('deregistered')).toMatchObject({ id: 1 });
  await expectNothingLeft(rig);
});
