import { describe, expect, it } from 'vitest';
import { ConfigurationError, createRunner } from '@ci-runner/core';
import { githubRunner } from '../src/index.ts';
import { expectNothingLeft } from './leftovers.ts';
import { wrapConfig } from './machine.ts';
import { startRig } from './rig.ts';

const faultsOf = async (environment: Record<string, string>): Promise<string[]> => {
  const runner = createRunner({
    config: { plugins: [githubRunner()] },
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
      expect.stringMatching(/^GH_REPOSITORY is required: /),
      expect.stringMatching(/^GH_LABELS is required: /),
    ]);
    expect(await faultsOf({ GH_REPOSITORY: 'octo/app', GH_LABELS: 'x64' })).toEqual([
      'GH_TOKEN is required: a token with administration rights on the repository',
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
      DEBUG_SHUTDOWN_DELAY_SEC: '1s',
    });
    expect(faults.map((fault) => fault.split(' ').slice(0, 2).join(' '))).toEqual([
      'GH_HOST takes',
      'GH_RUNNER_DIRECTORY takes',
      'GH_RUNNER_NAME_PREFIX takes',
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
    expect(error?.message).toContain('Administration: read and write');
    expect(rig.github.requests).toHaveLength(1);
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
    const rig = await startRig({ variables: { GH_RUNNER_DIRECTORY: '/nowhere' } });
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
