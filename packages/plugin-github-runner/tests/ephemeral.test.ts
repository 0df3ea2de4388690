import { readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultAnswer } from '@ci-runner/sandbox';
import { expect, it } from 'vitest';
import { hastyClock } from './hasty-clock.ts';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, findProcess, isRoot } from './machine.ts';
import { startRig, type Rig, type RigOptions } from './rig.ts';

const startEphemeral = async (options: RigOptions = {}): Promise<Rig> =>
  startRig({ ...options, variables: { GH_RUNNER_MODE: 'ephemeral', ...options.variables } });

const online = async (rig: Rig) =>
  eventually(() => rig.github.runners().find(({ status }) => status === 'online'));

const namesOf = (rig: Rig): unknown[] =>
  rig.records.flatMap((record) => (record['event'] === 'registered' ? [record['name']] : []));

const callsOf = (rig: Rig): string[] =>
  rig.github.requests
    .filter(({ path }) => path.startsWith('/api/v3/repos/'))
    .map(({ method, path }) => `${method} ${path.split('/').at(-1)}`);

it('takes one job with every registration, in the same warm work directory', async () => {
  const rig = await startEphemeral({ variables: { GH_LABELS: 'linux,big' } });
  const first = await rig.queue('id -un; echo warm >kept').completed;
  const second = await rig.queue('cat kept').completed;
  expect(first.log.join('\n')).toContain(rig.machine.guest);
  expect(second.log.join('\n')).toContain('warm');
  expect(first.runnerName).not.toBe(second.runnerName);
  await eventually(() => namesOf(rig).length === 3);
  const last = await online(rig);
  expect(last).toMatchObject({ ephemeral: true, name: namesOf(rig)[2] });
  expect(last.labels).toEqual(expect.arrayContaining(['self-hosted', 'Linux', 'big']));
  rig.drain();
  expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
  await expectNothingLeft(rig);
  expect(callsOf(rig).filter((call) => call.startsWith('POST'))).toEqual(
    Array.from({ length: 3 }, () => 'POST generate-jitconfig'),
  );
  expect(callsOf(rig).filter((call) => call === 'DELETE labels' || call === 'GET runners')).toEqual(
    [],
  );
});

it('removes a runner whose Listener somebody else has interrupted in its job', async () => {
  const rig = await startEphemeral();
  rig.queue('sleep 600');
  await eventually(() => rig.event('job-started'));
  const listener = await eventually(async () => findProcess(rig.machine, 'Runner.Listener'));
  process.kill(listener, 'SIGINT');
  await eventually(() => namesOf(rig).length === 2 || undefined);
  expect(rig.log()).toContain('actions-runner: Exiting...');
  expect(rig.github.runners().map(({ name }) => name)).toEqual([namesOf(rig)[1]]);
});

it('keeps the default labels out where asked', async () => {
  const rig = await startEphemeral({ variables: { GH_NO_DEFAULT_LABELS: 'true' } });
  expect((await online(rig)).labels).toEqual(['linux', 'x64']);
});

it('finishes the job that runs at a drain, and registers no other', async () => {
  const rig = await startEphemeral();
  const gate = join(rig.machine.scratch, 'gate');
  const job = rig.queue(`while [ ! -e ${gate} ]; do sleep 0.1; done`);
  await eventually(() => rig.event('job-started'));
  rig.drain();
  await eventually(() => /waiting for the end of job "build"/.test(rig.log()) || undefined);
  await writeFile(gate, '');
  expect((await job.completed).result).toBe('Succeeded');
  expect((await rig.ended).exitCode).toBe(0);
  expect(namesOf(rig)).toHaveLength(1);
  await expectNothingLeft(rig);
});

it.runIf(isRoot)('follows no link that guest has put in the place of a file', async () => {
  const rig = await startEphemeral({
    prepare: async ({ runnerDirectory, scratch }) => {
      await writeFile(join(scratch, 'precious'), 'whole', { mode: 0o666 });
      await symlink(join(scratch, 'precious'), join(runnerDirectory, '.runner'));
    },
  });
  const look = await rig.queue(`cat ${join(rig.machine.scratch, 'precious')}`).completed;
  expect(look.log.join('\n')).toContain('whole');
});

it('shows a job neither the token nor its configuration in arguments and environments', async () => {
  const rig = await startEphemeral();
  const script =
    'for file in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do cat "$file" 2>/dev/null | tr "\\0" "\\n" || :; done';
  const { log } = await rig.queue(script).completed;
  const text = log.join('\n');
  expect(text).toContain('Runner.Listener');
  expect(text).not.toContain(rig.github.token);
  expect(text).not.toMatch(/JITCONFIG|--jitconfig/i);
  expect(await readdir(rig.machine.runnerDirectory)).not.toContain('jitconfig');
});

const generate = /\/generate-jitconfig$/;

it.each([['a lost answer', 'lose-answer'] as const, ['a broken connection', 'reset'] as const])(
  'registers one runner after %s',
  async (_what, answer) => {
    const rig = await startEphemeral({
      prepare: async (_machine, github) =>
        void github.faults.add({ match: { path: generate }, times: 1, answer }),
    });
    await online(rig);
    expect(rig.github.runners()).toHaveLength(1);
    expect(callsOf(rig).filter((call) => call === 'POST generate-jitconfig')).toHaveLength(2);
  },
);

it('looks for the runner of a lost answer no sooner than GitHub allows', async () => {
  const clock = hastyClock();
  const asked: number[] = [];
  const answer = (): FaultAnswer => {
    asked.push(clock.now());
    return { status: 403, headers: { 'retry-after': '900' } };
  };
  const rig = await startEphemeral({
    clock,
    prepare: async (_machine, { faults }) => {
      faults.add({ match: { path: generate }, times: 1, answer: 'lose-answer' });
      faults.add({ match: { path: /\/runners\?name=/ }, times: 2, answer });
    },
  });
  await online(rig);
  expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(900_000);
  expect(rig.github.runners()).toHaveLength(1);
});

it('waits out a limit without a look for a runner', async () => {
  const rig = await startEphemeral({
    prepare: async (_machine, github) => {
      const refusal = { status: 403, headers: { 'retry-after': '1' } };
      github.faults.add({ match: { path: generate }, times: 1, answer: refusal });
    },
  });
  await online(rig);
  const limited = ['POST generate-jitconfig', 'POST generate-jitconfig'];
  const registering = callsOf(rig).filter((call) => call !== 'GET downloads');
  expect(registering.slice(0, 2)).toEqual(limited);
});

it('leaves no runner when a drain comes while GitHub registers it', async () => {
  const rig = await startEphemeral({
    prepare: async (_machine, github) =>
      void github.faults.add({ match: { path: generate }, answerDelayMs: 1_000 }),
  });
  await eventually(() => rig.github.requests.some(({ path }) => generate.test(path)));
  rig.drain();
  expect((await rig.ended).exitCode).toBe(0);
  await expectNothingLeft(rig);
});
