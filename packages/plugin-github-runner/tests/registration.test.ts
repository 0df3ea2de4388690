import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EmbeddedGitHub } from '@ci-runner/sandbox';
import { hastyClock } from './hasty-clock.ts';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, wrapConfig } from './machine.ts';
import { startRig, type Rig, type RigOptions } from './rig.ts';

const createToken = async ({ url, token }: EmbeddedGitHub): Promise<string> => {
  const path = '/api/v3/repos/octo/app/actions/runners/registration-token';
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(url + path, { method: 'POST', headers });
  return ((await answer.json()) as { token: string }).token;
};

/** Gives the runner nothing but a registration token. */
const startWithRegistrationToken = async (options: RigOptions = {}): Promise<Rig> => {
  const variables: Record<string, string> = { ...options.variables, GH_TOKEN: '' };
  return startRig({
    ...options,
    variables,
    prepare: async (_machine, github) => {
      variables['GH_REGISTRATION_TOKEN'] = await createToken(github);
    },
  });
};

const online = async (rig: Rig): Promise<void> => {
  await eventually(() => rig.github.runners().some(({ status }) => status === 'online'));
};

describe('a ready registration token', () => {
  it('registers and, within its hour, removes', async () => {
    const rig = await startWithRegistrationToken();
    expect((await rig.queue('true').completed).result).toBe('Succeeded');
    expect(rig.log()).toContain('GH_REGISTRATION_TOKEN removes the runner only within the hour');
    rig.drain();
    expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
    expect(rig.event('deregistered')).toBeDefined();
    await expectNothingLeft(rig);
    const minted = rig.github.requests.filter(({ path }) => path.endsWith('registration-token'));
    expect(minted).toHaveLength(1);
  });

  it('that is too old is told with what it takes', async () => {
    const rig = await startWithRegistrationToken({ gitHub: { tokenLifetimeMs: 0 } });
    const { exitCode, error } = await rig.ended;
    expect(exitCode).toBe(78);
    expect(error).toMatchObject({ code: 'CREDENTIALS_REFUSED' });
    expect(error?.message).toMatch(
      /GH_REGISTRATION_TOKEN for repository octo\/app.*less than an hour old/,
    );
    expect(rig.github.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
    await expectNothingLeft(rig);
  });

  it('whose hour is over leaves the runner, says so, and fails nothing', async () => {
    let now = Date.now();
    const rig = await startWithRegistrationToken({
      gitHub: { now: () => now },
      clock: hastyClock(),
    });
    await online(rig);
    now += 61 * 60_000;
    rig.drain();
    expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
    expect(rig.log()).toMatch(/did not delete runner \S+: 401.*may still be registered/);
    expect(rig.github.runners()).toHaveLength(1);
  });
});

describe('a name that somebody has', () => {
  it('is neither replaced nor removed: another one is drawn', async () => {
    const rig = await startRig({
      prepare: async ({ runnerDirectory, scratch }) =>
        // The first name is taken right before config.sh asks for it.
        wrapConfig(
          runnerDirectory,
          `if [ ! -e ${scratch}/taken ]; then
             touch ${scratch}/taken
             "$real" "$@" && rm -f '${runnerDirectory}'/.runner '${runnerDirectory}'/.credentials*
           fi
           exec "$real" "$@"`,
        ),
    });
    await online(rig);
    const [other, own] = rig.github.runners();
    expect(rig.log()).toContain(`GitHub has a runner ${other?.name} already`);
    expect(rig.event('registered')?.['name']).toBe(own?.name);
    rig.drain();
    expect((await rig.ended).exitCode).toBe(0);
    expect(rig.github.runners().map(({ name }) => name)).toEqual([other?.name]);
  });

  it('ends the start when no name is free', async () => {
    const rig = await startRig({
      prepare: async ({ runnerDirectory }) =>
        wrapConfig(runnerDirectory, 'echo "A runner exists with the same name x." >&2; exit 1'),
    });
    const { exitCode, error } = await rig.ended;
    expect(exitCode).toBe(75);
    expect(error?.message).toContain('5 names');
    expect(rig.github.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });
});

it('gets another registration token when an attempt before has used up the life of the first', async () => {
  let ahead = 0;
  const rig = await startRig({
    gitHub: { now: () => Date.now() + ahead },
    prepare: async ({ runnerDirectory, scratch }) =>
      wrapConfig(
        runnerDirectory,
        `if [ ! -e ${scratch}/begun ]; then
           touch ${scratch}/begun
           while [ ! -e ${scratch}/go ]; do sleep 0.1; done
           echo 'Connection reset by peer' >&2
           exit 1
         fi
         exec "$real" "$@"`,
      ),
  });
  await eventually(() => existsSync(join(rig.machine.scratch, 'begun')));
  ahead = 2 * 3_600_000;
  await writeFile(join(rig.machine.scratch, 'go'), '');
  await online(rig);
  const tokens = rig.github.requests.filter(({ path }) => path.endsWith('/registration-token'));
  expect(tokens).toHaveLength(2);
});

describe('labels', () => {
  it('are trimmed, and the default ones can be left out', async () => {
    const labels = { GH_LABELS: ' linux , big one', GH_NO_DEFAULT_LABELS: 'true' };
    const rig = await startRig({ variables: labels });
    await online(rig);
    expect(rig.github.runners()[0]?.labels).toEqual(['linux', 'big one']);
  });

  it('come besides the default ones', async () => {
    const rig = await startRig({ variables: { GH_LABELS: 'big' } });
    await online(rig);
    expect(rig.github.runners()[0]?.labels).toEqual(
      expect.arrayContaining(['self-hosted', 'Linux', 'big']),
    );
  });
});

it('waits for its lot where the start is to be spread', async () => {
  const rig = await startRig({ variables: { GH_START_JITTER_SEC: '1' } });
  await online(rig);
  expect(rig.log()).toMatch(/the registration begins in 1 s \(GH_START_JITTER_SEC\)/);
});

const registerOffline = async ({ url, token }: EmbeddedGitHub, name: string): Promise<void> => {
  const answer = await fetch(`${url}/api/v3/repos/octo/app/actions/runners/generate-jitconfig`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, runner_group_id: 1, labels: ['other'] }),
  });
  expect(answer.status).toBe(201);
};

it('removes offline runners of its own prefix while it serves', async () => {
  const rig = await startRig({
    variables: { GH_SWEEP_OFFLINE_RUNNERS: 'true' },
    clock: hastyClock(),
    prepare: async (_machine, github) => {
      await registerOffline(github, 'ci-runner-gone-0badcafe');
      await registerOffline(github, 'somebody-else');
    },
  });
  await online(rig);
  await eventually(() => rig.event('swept'));
  expect(rig.event('swept')?.['name']).toBe('ci-runner-gone-0badcafe');
  const names = rig.github.runners().map(({ name }) => name);
  expect(new Set(names)).toEqual(new Set(['somebody-else', rig.event('registered')?.['name']]));
});

it('is not led astray by variables that the actions-runner takes for arguments', async () => {
  const rig = await startRig({
    variables: {
      ACTIONS_RUNNER_INPUT_EPHEMERAL: 'true',
      actions_runner_input_pat: 'ghp_other',
      ACTIONS_RUNNER_INPUT_JITCONFIG: 'e30=',
    },
  });
  await rig.queue('true').completed;
  await rig.queue('true').completed;
  const registered = rig.records.filter((record) => record['event'] === 'registered');
  expect(registered).toHaveLength(1);
});
