import { systemEffects } from '@ci-runner/core';
import { describe, expect, it } from 'vitest';
import type { GitHubOptions, InstallationSpec } from '@ci-runner/sandbox';
import { expectNothingLeft } from './leftovers.ts';
import { eventually } from './machine.ts';
import { startRig, type Rig, type RigOptions } from './rig.ts';

const gitHub: GitHubOptions = {
  repositories: ['octo/app', 'octo/web'],
  enterprises: { corp: ['octo'] },
  runnerGroups: [
    { scope: 'orgs/octo', name: 'big ones' },
    { scope: 'enterprises/corp', name: 'corp-wide' },
  ],
};

const organization = { GH_REPOSITORY: '', GH_ORGANIZATION: 'octo' };

/** Gives the runner nothing but a GitHub App. */
const startWithApp = async (
  installations: InstallationSpec[],
  options: RigOptions = {},
): Promise<Rig> => {
  const variables: Record<string, string> = { ...options.variables, GH_TOKEN: '' };
  return startRig({
    gitHub,
    ...options,
    variables,
    prepare: async (_machine, github) => {
      const app = github.createApp(installations);
      variables['GH_APP_ID'] = String(app.id);
      variables['GH_APP_PRIVATE_KEY'] = app.privateKey.replaceAll('\n', String.raw`\n`);
    },
  });
};

const drained = async (rig: Rig): Promise<void> => {
  rig.drain();
  expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
  await expectNothingLeft(rig);
};

const registered = async (rig: Rig): Promise<void> => {
  await Promise.race([eventually(() => rig.event('registered')), rig.ended]);
};

describe.each(['persistent', 'ephemeral'])('a %s runner', (mode) => {
  const inMode = { GH_RUNNER_MODE: mode };

  it('of an organization takes jobs of all its repositories', async () => {
    const workspaces: (string | undefined)[] = [];
    const rig = await startRig({
      gitHub,
      variables: { ...organization, ...inMode, GH_RUNNER_GROUP: 'big ones' },
      tap: (hooks) => hooks.beforeJob.tap((job) => void workspaces.push(job.workspace)),
    });
    await registered(rig);
    expect(rig.github.runners()).toMatchObject([{ scope: 'orgs/octo', groupId: 2 }]);
    for (const repository of ['octo/app', 'octo/web']) {
      const steps = [{ run: 'true' }];
      const job = rig.github.queueJob({ repository, name: 'build', labels: ['linux'], steps });
      expect((await job.completed).result).toBe('Succeeded');
    }
    const { workDir } = rig.machine;
    expect(workspaces).toEqual([`${workDir}/app/app`, `${workDir}/web/web`]);
    await drained(rig);
  });

  it('of an enterprise joins its group', async () => {
    const rig = await startRig({
      gitHub,
      variables: {
        ...inMode,
        GH_REPOSITORY: '',
        GH_ENTERPRISE: 'corp',
        GH_RUNNER_GROUP: 'corp-wide',
      },
    });
    await registered(rig);
    expect(rig.github.runners()).toMatchObject([{ scope: 'enterprises/corp', groupId: 3 }]);
    await drained(rig);
  });

  it('of a group that does not exist is a fault', async () => {
    const rig = await startRig({
      gitHub,
      variables: { ...organization, ...inMode, GH_RUNNER_GROUP: 'nowhere' },
    });
    const { exitCode, error } = await rig.ended;
    expect(exitCode).toBe(78);
    expect(error?.message).toMatch(
      /GH_RUNNER_GROUP: got "nowhere"; takes the name of a runner group/,
    );
    await expectNothingLeft(rig);
  });
});

describe('a GitHub App', () => {
  it.each([
    ['an organization', organization],
    ['a repository', {}],
  ])('registers in %s where it is installed, and removes', async (_what, variables) => {
    const rig = await startWithApp([{ account: 'octo' }], { variables });
    await registered(rig);
    expect(rig.github.runners()).toHaveLength(1);
    const { log } = await rig.queue('env').completed;
    expect(log.join('\n')).toContain('GITHUB_WORKSPACE');
    expect(log.join('\n')).not.toMatch(/PRIVATE.KEY/);
    await drained(rig);
  });

  it('renews its token when that has ended', async () => {
    let ahead = 0;
    const now = (): number => Date.now() + ahead;
    const rig = await startWithApp([{ account: 'octo' }], {
      gitHub: { ...gitHub, now },
      clock: { ...systemEffects.clock, now },
    });
    await registered(rig);
    ahead = 2 * 3_600_000;
    await drained(rig);
    const renewals = rig.github.requests.filter(({ path }) => path.endsWith('/access_tokens'));
    expect(renewals).toHaveLength(2);
  });

  it.each<[string, InstallationSpec[], string, RegExp]>([
    ['that is not installed', [], '404', /no installation in organization octo/],
    [
      'without the permission',
      [{ account: 'octo', permissions: { administration: 'write' } }],
      '403',
      /organization permission "Self-hosted runners: Read and write"/,
    ],
  ])('%s is told what to grant', async (_what, installations, status, words) => {
    const rig = await startWithApp(installations, { variables: organization });
    const { exitCode, error } = await rig.ended;
    expect(exitCode).toBe(78);
    expect(error).toMatchObject({ code: 'CREDENTIALS_REFUSED' });
    expect(error?.message).toMatch(words);
    expect(error?.message).toContain(status);
    await expectNothingLeft(rig);
  });
});

it.each([
  ['a classic token', { scopes: ['repos/octo/app'] }, '404'],
  ['a fine-grained token', { kind: 'fine-grained', permissions: {} } as const, '403'],
])('%s without rights in the organization is told what to grant', async (_what, spec, status) => {
  const variables: Record<string, string> = { ...organization };
  const rig = await startRig({
    gitHub,
    variables,
    prepare: async (_machine, github) => {
      variables['GH_TOKEN'] = github.issueToken(spec);
    },
  });
  const { exitCode, error } = await rig.ended;
  expect(exitCode).toBe(78);
  expect(error?.message).toMatch(new RegExp(`\\(${status} .*"admin:org"`));
});
