import { describe, expect, test } from 'vitest';
import type { RunnerConfigInput } from './define-config.ts';
import { freezeConfig, resolveConfig, unmetRequirements } from './resolve-config.ts';

const DEFAULTS = {
  repository: undefined,
  organization: undefined,
  enterprise: undefined,
  prewarmRepositories: [],
  labels: [],
  timeZone: undefined,
  workDir: '/mnt',
  cacheDir: '/var/cache/ci-storage',
  user: 'guest',
  metricsSeconds: 60,
  logFormat: 'text',
};

const FILE: Partial<RunnerConfigInput> = {
  repository: 'octo/file',
  organization: 'file',
  enterprise: 'file-corp',
  prewarmRepositories: ['octo/file'],
  labels: ['from', 'file'],
  timeZone: 'Europe/Berlin',
  workDir: '/file/work',
  cacheDir: '/file/cache',
  user: 'file',
  metricsSeconds: 30,
  logFormat: 'json',
};

const ENVIRONMENT = {
  GH_REPOSITORY: 'octo/env',
  GH_ORGANIZATION: 'env',
  GH_ENTERPRISE: 'env-corp',
  CI_RUNNER_PREWARM_REPOSITORIES: 'octo/env, octo/two',
  GH_LABELS: 'from, env',
  TZ: 'UTC',
  CI_RUNNER_WORK_DIR: '/env/work',
  CI_RUNNER_CACHE_DIR: '/env/cache',
  CI_RUNNER_USER: 'env',
  CI_RUNNER_METRICS_SEC: '120',
  LOG_FORMAT: 'text',
};

test('takes the defaults', () => {
  expect(resolveConfig({}, {})).toEqual({ config: DEFAULTS, faults: [], faulty: [] });
});

test('takes the file over the defaults', () => {
  expect(resolveConfig(FILE, {})).toEqual({ config: FILE, faults: [], faulty: [] });
});

test('takes the environment over the file', () => {
  expect(resolveConfig(FILE, ENVIRONMENT)).toEqual({
    config: {
      repository: 'octo/env',
      organization: 'env',
      enterprise: 'env-corp',
      prewarmRepositories: ['octo/env', 'octo/two'],
      labels: ['from', 'env'],
      timeZone: 'UTC',
      workDir: '/env/work',
      cacheDir: '/env/cache',
      user: 'env',
      metricsSeconds: 120,
      logFormat: 'text',
    },
    faults: [],
    faulty: [],
  });
});

test.each([
  ['CI_RUNNER_METRICS_SEC', '9'],
  ['CI_RUNNER_METRICS_SEC', '3601'],
  ['CI_RUNNER_METRICS_SEC', '60.5'],
  ['CI_RUNNER_METRICS_SEC', '1e2'],
  ['GH_REPOSITORY', 'x'],
  ['GH_REPOSITORY', 'https://github.com/octo/app'],
  ['GH_REPOSITORY', 'octo/app.git'],
  ['GH_REPOSITORY', 'octo/app/more'],
  ['GH_ORGANIZATION', 'octo/app'],
  ['GH_ORGANIZATION', '-octo'],
  ['GH_ENTERPRISE', 'https://github.com/enterprises/octo'],
  ['CI_RUNNER_PREWARM_REPOSITORIES', 'octo/app,web'],
  ['GH_LABELS', 'a,,b'],
  ['GH_LABELS', 'a,-b'],
  ['GH_LABELS', 'a\tb'],
  ['GH_LABELS', ' '],
  ['GH_LABELS', 'x'.repeat(257)],
  ['TZ', 'Mars/Olympus'],
  ['CI_RUNNER_WORK_DIR', 'work'],
  ['CI_RUNNER_CACHE_DIR', './cache'],
  ['CI_RUNNER_USER', '-x'],
  ['LOG_FORMAT', 'xml'],
  ['CI_RUNNER_CONTROL_SOCKET', 'control.sock'],
])('%s=%j is one fault, which names the variable and its value', (variable, value) => {
  const { config, faults } = resolveConfig({}, { [variable]: value });
  expect(faults).toEqual([
    { name: variable, got: value, expected: expect.stringMatching(/^takes /) as string },
  ]);
  expect(config).toEqual(DEFAULTS);
});

test.each([
  ['repository', 7, '7'],
  ['labels', 'linux,x64', 'linux,x64'],
  ['labels', ['a,b'], "[ 'a,b' ]"],
  ['labels', [' a'], "[ ' a' ]"],
  ['labels', [Symbol('s')], '[ Symbol(s) ]'],
  ['timeZone', null, 'null'],
  ['workDir', 'work', 'work'],
  ['logFormat', { json: true }, '{ json: true }'],
])('option %s: %j is one fault, which names the option and its value', (option, value, got) => {
  const { faults } = resolveConfig({ [option]: value }, {});
  expect(faults).toEqual([
    { name: `option ${option}`, got, expected: expect.stringMatching(/^takes /) as string },
  ]);
});

test.each(['/', '/tmp', '/usr/', '/usr/local', '/etc/ssh', '/mnt/..', '/lib64', '/proc/x', 'mnt'])(
  'guest is not given %j to work in',
  (path) => {
    const { faults } = resolveConfig({}, { CI_RUNNER_WORK_DIR: path, CI_RUNNER_CACHE_DIR: path });
    expect(faults).toMatchObject([
      { name: 'CI_RUNNER_WORK_DIR', got: path },
      { name: 'CI_RUNNER_CACHE_DIR', got: path },
    ]);
  },
);

test.each(['/mnt', '/work', '/home/guest', '/dev/shm', '/usr/src/app', '/var/lib/work', '/tmp/x'])(
  'guest may be given %j to work in',
  (path) => {
    expect(resolveConfig({}, { CI_RUNNER_WORK_DIR: path }).faults).toEqual([]);
  },
);

test('a variable hides a fault of the option that it overrides', () => {
  expect(resolveConfig({ logFormat: 'xml' as never }, { LOG_FORMAT: 'json' }).faults).toEqual([]);
});

test('an option that nobody knows is a fault', () => {
  const { faults } = resolveConfig({ plugins: [], lables: ['a'] } as never, {});
  expect(faults.map(({ name }) => name)).toEqual(['option lables']);
  expect(faults[0]?.expected).toContain('labels');
});

test('no labels are the default of labels, and may be written', () => {
  expect(resolveConfig({ labels: [] }, {})).toMatchObject({ config: { labels: [] }, faults: [] });
});

describe('required settings', () => {
  const { config: none } = resolveConfig({}, {});

  test('that are not set are faults', () => {
    const faults = unmetRequirements(none, ['repository', 'labels', 'workDir']);
    expect(faults.map(({ name }) => name)).toEqual(['GH_REPOSITORY', 'GH_LABELS']);
    for (const { expected, got } of faults) {
      expect(expected).toMatch(/^is required: /);
      expect(got).toBeUndefined();
    }
  });

  test('that are set are none', () => {
    const { config } = resolveConfig(FILE, {});
    expect(unmetRequirements(config, ['repository', 'labels', 'timeZone'])).toEqual([]);
  });

  const SCOPES = ['repository', 'organization', 'enterprise'] as const;

  test('of which one must be set name the others too', () => {
    const faults = unmetRequirements(none, [SCOPES]);
    expect(faults.map(({ name }) => name)).toEqual(['GH_REPOSITORY']);
    expect(faults[0]?.expected).toMatch(
      /^is required: .*; or else GH_ORGANIZATION: .*GH_ENTERPRISE/,
    );
    for (const option of SCOPES) {
      expect(unmetRequirements({ ...none, [option]: 'octo' }, [SCOPES])).toEqual([]);
    }
  });

  test('that exclude each other are one fault, which names all that are set', () => {
    const two = { ...none, repository: 'octo/app', enterprise: 'corp' };
    const names = (config: typeof none) =>
      unmetRequirements(config, [SCOPES]).map(({ name }) => name);
    expect(names(two)).toEqual(['GH_REPOSITORY and GH_ENTERPRISE']);
    expect(names({ ...two, organization: 'octo' })).toEqual([
      'GH_REPOSITORY, GH_ORGANIZATION and GH_ENTERPRISE',
    ]);
  });
});

test('freezes a copy, lists included', () => {
  const { config } = resolveConfig(FILE, {});
  const frozen = freezeConfig(config);
  expect(Object.isFrozen(frozen) && Object.isFrozen(frozen.labels)).toBe(true);
  expect(Object.isFrozen(frozen.prewarmRepositories)).toBe(true);
  expect(Object.isFrozen(FILE.labels)).toBe(false);
});
