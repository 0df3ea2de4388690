import { definePlugin, type RunnerConfigInput } from '@ci-runner/core';
import { expect, test } from 'vitest';
import { stockPlugins } from '../stock-plugins.ts';
import { readSettings, type RehearsedSettings } from './settings.ts';

const settingsOf = (
  config: Partial<RunnerConfigInput>,
  environment: Record<string, string> = {},
): RehearsedSettings =>
  readSettings({ file: undefined, config: { plugins: stockPlugins(), ...config } }, environment);

test('stands in for what nobody gives', () => {
  expect(settingsOf({})).toMatchObject({
    repository: 'octo/app',
    labels: ['rehearsal'],
    user: undefined,
    entrypoints: { root: undefined, guest: undefined },
    standIns: { GH_REPOSITORY: 'octo/app', GH_LABELS: 'rehearsal' },
  });
});

test('takes the file’s settings, and the environment’s over them', () => {
  const file = {
    repository: 'acme/file',
    labels: ['file'],
    user: 'builder',
    plugins: stockPlugins({ entrypoints: { rootDirectory: '/file' } }),
  };
  expect(settingsOf(file)).toMatchObject({
    repository: 'acme/file',
    labels: ['file'],
    user: 'builder',
    entrypoints: { root: '/file', guest: undefined },
    standIns: {},
  });
  const environment = {
    GH_REPOSITORY: 'acme/variable',
    GH_LABELS: 'a, b',
    CI_RUNNER_USER: 'other',
    CI_RUNNER_ROOT_ENTRYPOINTS: '/variable',
    CI_RUNNER_GUEST_ENTRYPOINTS: '/guests',
  };
  expect(settingsOf(file, environment)).toMatchObject({
    repository: 'acme/variable',
    labels: ['a', 'b'],
    user: 'other',
    entrypoints: { root: '/variable', guest: '/guests' },
    standIns: {},
  });
});

test('does not hide settings at fault from the supervisor', () => {
  const faulty = { repository: 'not a repo', labels: ['bad,label'] };
  expect(settingsOf(faulty)).toMatchObject({
    repository: 'octo/app',
    labels: ['rehearsal'],
    standIns: {},
  });
});

test('knows the plugins by name', () => {
  const one = definePlugin({ name: 'one', setup() {} });
  const { plugins } = settingsOf({ plugins: [false, one(), null, undefined] });
  expect([...plugins]).toEqual(['one']);
});
