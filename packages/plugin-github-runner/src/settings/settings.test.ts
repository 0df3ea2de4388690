import { expect, it } from 'vitest';
import { readSettings } from './settings.ts';

const GITHUB = { web: 'https://github.com', api: 'https://api.github.com' };

const options = {
  host: 'ghe.acme.example',
  directory: '/file',
  namePrefix: 'file',
  runnerGroup: 'of the file',
  noDefaultLabels: true,
  mode: 'ephemeral',
  startJitterSeconds: 5,
  sweepOfflineRunners: false,
  countFleet: false,
  update: false,
} as const;

it('has defaults', () => {
  expect(readSettings(undefined, {})).toEqual({
    host: GITHUB,
    directory: undefined,
    namePrefix: 'ci-runner',
    runnerGroup: undefined,
    noDefaultLabels: false,
    mode: 'persistent',
    startJitterMs: 0,
    sweepOfflineRunners: true,
    countFleet: true,
    update: true,
  });
});

it('takes options over the defaults', () => {
  expect(readSettings(options, {})).toMatchObject({
    host: { api: 'https://ghe.acme.example/api/v3' },
    directory: '/file',
    namePrefix: 'file',
    runnerGroup: 'of the file',
    noDefaultLabels: true,
    mode: 'ephemeral',
    startJitterMs: 5_000,
    sweepOfflineRunners: false,
    countFleet: false,
    update: false,
  });
});

it('takes variables over the options', () => {
  const variables = {
    GH_HOST: 'github.com',
    GH_RUNNER_DIRECTORY: '/env',
    GH_RUNNER_NAME_PREFIX: 'env',
    GH_RUNNER_GROUP: 'of the env',
    GH_NO_DEFAULT_LABELS: 'false',
    GH_RUNNER_MODE: 'persistent',
    GH_START_JITTER_SEC: '0',
    GH_SWEEP_OFFLINE_RUNNERS: 'true',
    GH_COUNT_FLEET: 'true',
    GH_RUNNER_UPDATE: 'true',
  } as const;
  expect(readSettings(options, variables)).toEqual({
    host: GITHUB,
    directory: '/env',
    namePrefix: 'env',
    runnerGroup: 'of the env',
    noDefaultLabels: false,
    mode: 'persistent',
    startJitterMs: 0,
    sweepOfflineRunners: true,
    countFleet: true,
    update: true,
  });
});
