import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EmbeddedGitHub } from '@ci-runner/sandbox';
import { describe, expect, it } from 'vitest';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, isRoot, processesOf, type Machine } from './machine.ts';
import { DAY_MS, packRunner, setAge, startReleaseHost } from './releases.ts';
import { expectInTheirFilesOnly } from './secrets/own-credentials.ts';
import { startWatchedRig, type Given, type WatchedRig } from './secrets/watched-rig.ts';
import { movableClock, versionsOf } from './update-rig.ts';

const giveToken = async (_machine: Machine, { token }: EmbeddedGitHub): Promise<Given> => ({
  variables: { GH_TOKEN: token },
  secrets: [{ name: 'GH_TOKEN', value: token }],
});

/** Gives a secret in a file as an orchestrator would: guest can go there, and cannot read it. */
const inFile = async (
  { runnerDirectory }: Machine,
  name: string,
  value: string,
): Promise<Given> => {
  const folder = join(dirname(runnerDirectory), 'secrets');
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await writeFile(path, value, { mode: 0o400 });
  return { variables: { [`${name}_FILE`]: path }, secrets: [{ name, value }] };
};

const createRegistrationToken = async ({ url, token }: EmbeddedGitHub): Promise<string> => {
  const path = '/api/v3/repos/octo/app/actions/runners/registration-token';
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(url + path, { method: 'POST', headers });
  return ((await answer.json()) as { token: string }).token;
};

const namesOf = (rig: WatchedRig): string[] => rig.secrets().map(({ name }) => name);

const registrations = (rig: WatchedRig): number =>
  rig.records.filter(({ event }) => event === 'registered').length;

const isOnline = (rig: WatchedRig): boolean =>
  rig.github.runners().some(({ status }) => status === 'online');

/** Drains it, in the middle of a job that looks once more. */
const drainDuringJob = async (rig: WatchedRig): Promise<void> => {
  await eventually(() => isOnline(rig));
  const gate = join(rig.machine.scratch, 'gate');
  const job = rig.queue(`while [ ! -e ${gate} ]; do sleep 0.1; done\n${rig.walk.command}`, 'last');
  await eventually(() => rig.status('listener').then((item) => item?.facts['job'] === 'last'));
  rig.drain();
  await eventually(() => /waiting for the end of job "last"/.test(rig.log()) || undefined);
  await rig.walk.pass();
  await writeFile(gate, '');
  expect((await job.completed).result).toBe('Succeeded');
  expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
  await expectNothingLeft(rig);
};

const expectOutOfReach = (rig: WatchedRig): void => {
  expect(rig.findings()).toEqual([]);
  expectInTheirFilesOnly(rig.ownFindings(), rig.machine);
  const log = JSON.stringify(rig.records);
  expect(rig.secrets().filter(({ value }) => log.includes(value))).toEqual([]);
};

// Where the supervisor is not root, it and guest are one user, and what the one knows the other can read.
describe.runIf(isRoot)('guest finds no secret', { timeout: 300_000 }, () => {
  it('while a persistent runner with GH_TOKEN registers, works, registers again and drains', async () => {
    const planted = 'a value that every job gets';
    const uses: boolean[] = [];
    const rig = await startWatchedRig({
      give: giveToken,
      tap: (hooks) =>
        hooks.modifyRunnerEnv.tap((environment) => ({ ...environment, PLANTED: planted })),
      onHeld: async ({ path, credential = '' }, { runnerDirectory }) => {
        if (!path.endsWith('/runner-registration')) return;
        // What guest does not find is there: root sees it.
        const pids = [...(await processesOf(runnerDirectory)).keys()];
        const environments = await Promise.all(
          pids.map(async (pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')),
        );
        uses.push(environments.some((text) => text.includes(credential)));
      },
    });
    await rig.jobThatLooks();
    const { id } = rig.github.runners()[0] ?? { id: 0 };
    rig.github.forgetRunner(id);
    await eventually(() => registrations(rig) === 2);
    await rig.jobThatLooks();
    await drainDuringJob(rig);
    expectOutOfReach(rig);
    expect(namesOf(rig)).toEqual([
      'GH_TOKEN',
      'Bearer credential of POST registration-token',
      'token of POST registration-token',
      'token of POST runner-registration',
      'token of POST runner-registration',
    ]);
    expect(uses).toEqual([true, true, true, true]);
    const seen = rig.walk.search([{ name: 'planted', value: planted }]);
    for (const program of ['Runner.Listener', 'Runner.Worker']) {
      expect(seen.map(({ who }) => who)).toContainEqual(expect.stringContaining(program));
    }
  });

  it('while an ephemeral runner of a GitHub App, whose key is in a file, takes several jobs', async () => {
    const rig = await startWatchedRig({
      give: async (machine, github) => {
        const app = github.createApp([{ account: 'octo' }]);
        const { variables, secrets } = await inFile(machine, 'GH_APP_PRIVATE_KEY', app.privateKey);
        return {
          variables: { ...variables, GH_APP_ID: String(app.id), GH_RUNNER_MODE: 'ephemeral' },
          secrets,
        };
      },
    });
    await rig.jobThatLooks();
    await rig.jobThatLooks();
    await drainDuringJob(rig);
    expectOutOfReach(rig);
    const names = namesOf(rig);
    expect(names.filter((name) => name.startsWith('encoded_jit_config'))).toHaveLength(3);
    expect(names).toContain('Bearer credential of GET installation');
    expect(names).toContain('token of POST access_tokens');
  });

  it('while a runner registers with a registration token and removes itself', async () => {
    const rig = await startWatchedRig({
      give: async (_machine, github) => {
        const value = await createRegistrationToken(github);
        return {
          variables: { GH_REGISTRATION_TOKEN: value },
          secrets: [{ name: 'GH_REGISTRATION_TOKEN', value }],
        };
      },
    });
    await rig.jobThatLooks();
    await drainDuringJob(rig);
    expectOutOfReach(rig);
    expect(namesOf(rig)).toContain('token of POST runner-registration');
  });

  it('while a runner with its token in a file is updated', async () => {
    const clock = movableClock();
    const rig = await startWatchedRig({
      clock,
      give: async (machine, github) => {
        const releases = await startReleaseHost(github);
        releases.offer('2.337.0', await packRunner(machine, '2.337.0'));
        await setAge(machine, 24);
        return inFile(machine, 'GH_TOKEN', github.token);
      },
    });
    await rig.jobThatLooks();
    clock.move(2 * DAY_MS);
    await eventually(() => registrations(rig) === 2);
    await rig.jobThatLooks();
    await drainDuringJob(rig);
    expect(versionsOf(rig)).toEqual(['2.336.0', '2.337.0']);
    expectOutOfReach(rig);
  });
});
