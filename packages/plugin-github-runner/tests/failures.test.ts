import { describe, expect, it } from 'vitest';
import { ConfigurationError, createRunner } from '@ci-runner/core';
import { githubRunner } from '../src/index.ts';
import { expectNothingLeft } from './leftovers.ts';
import { wrapConfig } from './machine.ts';
import { startRig } from './rig.ts';

const faultsOf = async (environment: Record<string, string>): Promise<string[]> => {
  const runner = createRunner({
    config: { user: 'nobody', plugins: [githubRunner()] },
    environment,
    write: () => {},
  });
  const error = await runner.check().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as ConfigurationError).faults.map(({ name, expected }) => `${name} ${expected}`);
};

describe('settings', () => {
  it('name what is missing', async () => {
    expect(await faultsOf({ GH_TOKEN: 'ghp_x' })).toEqual([
      expect.stringMatching(/^GH_REPOSITORY is required: .*GH_ORGANIZATION.*GH_ENTERPRISE/),
      expect.stringMatching(/^GH_LABELS is required: /),
    ]);
    expect(await faultsOf({ GH_REPOSITORY: 'octo/app', GH_LABELS: 'x64' })).toEqual([
      expect.stringMatching(/^GH_TOKEN is required: .*GH_APP_ID.*GH_REGISTRATION_TOKEN/),
    ]);
    expect(await faultsOf({ GH_HOST: 'a b' })).toEqual([
      expect.stringMatching(/^GH_REPOSITORY is required/),
      expect.stringMatching(/^GH_LABELS is required/),
      expect.stringMatching(/^GH_HOST takes/),
      expect.stringMatching(/^GH_TOKEN is required/),
    ]);
  });

  it('are one scope and one kind of credentials', async () => {
    const faults = await faultsOf({
      GH_REPOSITORY: 'octo/app',
      GH_ORGANIZATION: 'octo',
      GH_LABELS: 'x64',
      GH_TOKEN: 'ghp_x',
      GH_APP_ID: '7',
      GH_REGISTRATION_TOKEN: 'A1',
    });
    expect(faults).toEqual([
      expect.stringMatching(/^GH_REPOSITORY and GH_ORGANIZATION exclude each other/),
      expect.stringMatching(/^GH_TOKEN excludes GH_APP_ID and GH_REGISTRATION_TOKEN/),
    ]);
  });

  it('of a GitHub App are complete, and never shown', async () => {
    const app = { GH_REPOSITORY: 'octo/app', GH_LABELS: 'x64', GH_APP_INSTALLATION_ID: '1' };
    expect(await faultsOf(app)).toEqual([
      expect.stringMatching(/^GH_APP_ID is required/),
      expect.stringMatching(/^GH_APP_PRIVATE_KEY is required/),
    ]);
    expect(await faultsOf({ ...app, GH_APP_ID: '7', GH_APP_PRIVATE_KEY: 'no key at all' })).toEqual(
      [expect.stringMatching(/^GH_APP_PRIVATE_KEY takes the private key(?!.*no key at all)/)],
    );
  });

  it('fit together', async () => {
    const repository = { GH_REPOSITORY: 'octo/app', GH_LABELS: 'x64', GH_REGISTRATION_TOKEN: 'A1' };
    const more = { GH_RUNNER_GROUP: 'big', GH_RUNNER_MODE: 'ephemeral' };
    expect(await faultsOf({ ...repository, ...more })).toEqual([
      expect.stringMatching(/^GH_RUNNER_GROUP is for runners of an organization or enterprise/),
      expect.stringMatching(/^GH_RUNNER_MODE takes persistent with GH_REGISTRATION_TOKEN/),
    ]);
  });

  it('say what they take', async () => {
    const faults = await faultsOf({
      GH_TOKEN: 'ghp_x',
      GH_REPOSITORY: 'octo/app',
      GH_LABELS: 'x64',
      GH_HOST: 'github.com/octo',
      GH_RUNNER_DIRECTORY: 'here',
      GH_RUNNER_NAME_PREFIX: '-x',
      GH_RUNNER_GROUP: '-x',
      GH_NO_DEFAULT_LABELS: 'maybe',
      GH_RUNNER_MODE: 'once',
      GH_RUNNER_UPDATE: 'yes',
      DEBUG_SHUTDOWN_DELAY_SEC: '1s',
    });
    expect(faults.map((fault) => fault.split(' ').slice(0, 2).join(' '))).toEqual([
      'GH_HOST takes',
      'GH_RUNNER_DIRECTORY takes',
      'GH_RUNNER_NAME_PREFIX takes',
      'GH_RUNNER_GROUP takes',
      'GH_NO_DEFAULT_LABELS takes',
      'GH_RUNNER_MODE takes',
      'GH_RUNNER_UPDATE takes',
      'DEBUG_SHUTDOWN_DELAY_SEC takes',
    ]);
  });
});

describe('a registration that fails', () => {
  it.each([
    ['a wrong token', { GH_TOKEN: 'ghp_wrong' }, '401'],
    ['a repository that the token does not reach', { GH_REPOSITORY: 'octo/other' }, '404'],
  ])('for %s says what to grant', async (_what, variables, status) => {
    const rig = await startRig({ variables });
    const { exitCode, error } = await rig.ended;
    expect(exitCode).toBe(78);
    expect(error).toMatchObject({ code: 'CREDENTIALS_REFUSED' });
    expect(error?.message).toContain('GH_TOKEN');
    expect(error?.message).toContain(status);
    expect(error?.message).toContain('Administration: Read and write');
    expect(
      rig.github.requests.filter(({ path }) => path.endsWith('registration-token')),
    ).toHaveLength(1);
    expect(rig.log()).not.toContain('ghp_wrong');
  });

  it('because of config.sh shows its last words and leaves no runner', async () => {
    const rig = await startRig({
      prepare: async ({ runnerDirectory }) =>
        wrapConfig(runnerDirectory, '"$real" "$@"; echo "the disk is full" >&2; exit 1'),
    });
    const { exitCode, error } = await rig.ended;
    expect(exitCode).toBe(70);
    expect(error?.message).toContain('config.sh ended with code 1: the disk is full');
    expect(rig.event('deregistered')).toBeDefined();
    await expectNothingLeft(rig);
  });

  it('because the actions-runner is missing says where it belongs', async () => {
    const rig = await startRig({
      variables: { GH_RUNNER_DIRECTORY: '/nowhere', GH_RUNNER_UPDATE: 'false' },
    });
    const { error } = await rig.ended;
    expect(error?.message).toContain('/nowhere/config.sh is missing');
    expect(error?.message).toContain('GH_RUNNER_DIRECTORY');
  });

  it('in a later hook leaves no runner', async () => {
    const rig = await startRig({
      tap: (hooks) =>
        hooks.modifyRunnerEnv.tap(() => {
          throw new Error('no environment');
        }),
    });
    expect((await rig.ended).error?.message).toContain('no environment');
    await expectNothingLeft(rig);
  });
});
