import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmbeddedGitHub, Fault, FaultMatch } from '@ci-runner/sandbox';
import { expect, it } from 'vitest';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, wrapConfig, type Machine } from './machine.ts';
import { hastyClock } from './hasty-clock.ts';
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

/** Registers a runner that is not ours. */
const registerOther = async ({ url, token }: EmbeddedGitHub): Promise<void> => {
  const answer = await fetch(`${url}/api/v3/repos/octo/app/actions/runners/generate-jitconfig`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'somebody-else', runner_group_id: 1, labels: ['other'] }),
  });
  expect(answer.status).toBe(201);
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
  await eventually(() => /did not delete runner \S+: 502 not now/.test(rig.log()) || undefined);
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
  expect(rig.event('deregistered')).toBeDefined();
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
  expect(rig.event('deregistered')).toBeDefined();
  await expectNothingLeft(rig);
});

/** Nobody may delete a runner. */
const forbidDeletes = ({ faults }: EmbeddedGitHub): void =>
  void faults.add({ match: deletes, answer: { status: 401 } });

it('fails when GitHub keeps a runner that nobody may delete', async () => {
  const rig = await startRig({
    clock: hastyClock(),
    prepare: async ({ runnerDirectory }, github) => {
      forbidDeletes(github);
      await wrapConfig(runnerDirectory, '"$real" "$@"; exit 1');
    },
  });
  expect((await rig.ended).exitCode).toBe(70);
  expect(rig.github.runners()).toHaveLength(1);
  expect(rig.log()).toMatch(/registration of ci-runner-\S+.*may still be registered/);
});

it('fails after a drain that could not deregister', async () => {
  const rig = await startRig({
    clock: hastyClock(),
    prepare: async (_machine, github) => forbidDeletes(github),
  });
  await eventually(() => rig.github.runners().some(({ status }) => status === 'online'));
  rig.drain();
  const { exitCode, error } = await rig.ended;
  expect(exitCode).toBe(70);
  expect(error).toMatchObject({ code: 'RELEASE_FAILED' });
});

it('deletes the runner of its own name, whatever guest has written into .runner', async () => {
  const rig = await startRig({
    prepare: async ({ runnerDirectory }, github) => {
      const forge = `"$real" "$@" && sed -i 's/"agentId": [0-9]*/"agentId": 1/' '${runnerDirectory}/.runner'`;
      await registerOther(github);
      await wrapConfig(runnerDirectory, forge);
    },
  });
  await registered(rig);
  rig.drain();
  await rig.ended;
  expect(rig.github.runners().map(({ name }) => name)).toEqual(['somebody-else']);
});
