import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { faultsOn, startGate, type FaultSource } from './gate.ts';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, wrapConfig, type Machine } from './machine.ts';
import { startRig, type Rig } from './rig.ts';

const startUnwell = async (
  faults: FaultSource,
  prepare?: (machine: Machine) => Promise<void>,
): Promise<Rig> => {
  let url = '';
  return startRig({
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

const isDelete = ({ method, url }: IncomingMessage): boolean =>
  method === 'DELETE' && (url?.includes('/actions/runners/') ?? false);

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
  expect(rig.event('deregistered')).toMatchObject({ id: 1 });
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
  expect(rig.event('deregistered')).toMatchObject({ id: 1 });
  await expectNothingLeft(rig);
});
