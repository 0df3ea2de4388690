import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { EmbeddedGitHub } from '@ci-runner/sandbox';
import { faultsOn, startGate, type FaultSource } from './gate.ts';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, wrapConfig, type Machine } from './machine.ts';
import { startRig, type Rig, type RigOptions } from './rig.ts';
import { hastyClock } from './hasty-clock.ts';

const startUnwell = async (
  faults: FaultSource,
  prepare?: (machine: Machine) => Promise<void>,
  options: Pick<RigOptions, 'clock'> = {},
): Promise<Rig> => {
  let url = '';
  return startRig({
    ...options,
    variables: { GH_HOST: await startGate(() => url, faults) },
    prepare: async (machine, github) => {
      url = github.url;
      await prepare?.(machine);
    },
  });
};

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

const isDelete = ({ method, url }: IncomingMessage): boolean =>
  method === 'DELETE' && /\/actions\/runners\/\d+$/.test(url ?? '');

const to =
  (path: string) =>
  ({ url }: IncomingMessage): boolean =>
    url?.split('?')[0]?.endsWith(path) ?? false;

/** config.sh looks there too. */
const isOwnLookup = (request: IncomingMessage): boolean =>
  to('/actions/runners')(request) && request.headers['user-agent'] === 'ci-runner';

const page = { status: 200, text: '<html>Please log in</html>' };

it('a drain outlasts refused deletes and takes a job that comes meanwhile to its end', async () => {
  const rig = await startUnwell(
    faultsOn(isDelete, [
      { status: 502 },
      { status: 422 },
      { status: 403, headers: { 'retry-after': '1' } },
      { status: 422 },
    ]),
  );
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
  const rig = await startUnwell(
    faultsOn(to('/registration-token'), [
      { status: 502 },
      { status: 429, headers: { 'retry-after': '1' } },
      page,
      { status: 201, text: '{}' },
    ]),
  );
  await registered(rig);
  expect(rig.log()).toContain('201 without the expected JSON');
  rig.drain();
  expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
  await expectNothingLeft(rig);
});

it('registers after all when config.sh loses the answer to its registration', async () => {
  const rig = await startUnwell(
    faultsOn(to('/runners/register'), ['lose-answer', 'reset', 'reset']),
  );
  await registered(rig);
  expect(rig.event('deregistered')).toBeDefined();
  expect(rig.github.runners()).toHaveLength(1);
  rig.drain();
  expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
  await expectNothingLeft(rig);
});

it('does not run config.sh again after a refused token', async () => {
  const refusal = { status: 404, text: '{"message":"Not Found"}' };
  const rig = await startUnwell(faultsOn(to('/actions/runner-registration'), [refusal]));
  const { exitCode, error } = await rig.ended;
  expect(exitCode).toBe(70);
  expect(error).toMatchObject({ code: 'PROCESS_FAILED' });
  await expectNothingLeft(rig);
});

it('finds the runner of a failed registration behind a page that is no list', async () => {
  const rig = await startUnwell(
    faultsOn(isOwnLookup, [page, { status: 200, text: '{"runners":null}' }]),
    async ({ runnerDirectory }) => wrapConfig(runnerDirectory, '"$real" "$@"; exit 1'),
  );
  expect((await rig.ended).exitCode).toBe(70);
  expect(rig.event('deregistered')).toBeDefined();
  await expectNothingLeft(rig);
});

it('fails when GitHub keeps a runner that nobody may delete', async () => {
  const rig = await startUnwell(
    (request) => (isDelete(request) ? { status: 401 } : undefined),
    async ({ runnerDirectory }) => wrapConfig(runnerDirectory, '"$real" "$@"; exit 1'),
    { clock: hastyClock() },
  );
  expect((await rig.ended).exitCode).toBe(70);
  expect(rig.github.runners()).toHaveLength(1);
  expect(rig.log()).toMatch(/registration of ci-runner-\S+.*may still be registered/);
});

it('fails after a drain that could not deregister', async () => {
  const rig = await startUnwell(
    (request) => (isDelete(request) ? { status: 401 } : undefined),
    async ({ runnerDirectory }) => wrapConfig(runnerDirectory, '"$real" "$@"'),
    { clock: hastyClock() },
  );
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
