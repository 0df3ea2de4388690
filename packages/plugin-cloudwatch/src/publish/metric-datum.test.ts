import { stockSample, type Sample } from '@ci-runner/core';
import { expect, test } from 'vitest';
import { toData, type Subject } from './metric-datum.ts';

const SUBJECT: Subject = {
  config: {
    repository: 'octo/app',
    organization: undefined,
    enterprise: undefined,
    labels: ['a', 'b'],
  },
  identity: { instanceId: 'i-1', region: 'eu-central-1' },
};
const dimensionsOf = (sample: Sample, subject = SUBJECT): readonly unknown[] =>
  toData([sample], subject).map(({ dimensions }) => dimensions);
const at = 1;
const value = 1;
const REPOSITORY = { GH_REPOSITORY: 'octo/app' };
const LABELLED = { ...REPOSITORY, GH_LABEL: 'b' };

test.each([
  'ActiveRunnersPercent',
  'IdleRunnersCount',
  'ActiveRunnersCount',
  'AllRunnersCount',
] as const)('%s is published for the scope and for the last label', (name) => {
  const sample = stockSample(name, { value, at });
  expect(dimensionsOf(sample)).toEqual([REPOSITORY, LABELLED]);
  const unlabelled = { ...SUBJECT, config: { ...SUBJECT.config, labels: [] } };
  expect(dimensionsOf(sample, unlabelled)).toEqual([REPOSITORY]);
});

test('other samples keep their own dimensions beside those of the label', () => {
  const sample = stockSample('JobSeconds', { value, at, dimensions: { Result: 'Failed' } });
  expect(dimensionsOf(sample)).toEqual([{ ...LABELLED, Result: 'Failed' }]);
  expect(dimensionsOf(stockSample('GithubCallsRemaining', { value, at }))).toEqual([REPOSITORY]);
});

test('the times of an instance have its id, where it is known', () => {
  const sample = stockSample('DockerBootSec', { value, at });
  expect(toData([sample], SUBJECT)).toMatchObject([
    {
      namespace: 'CWAgent',
      dimensions: { ...LABELLED, InstanceId: 'i-1', Region: 'eu-central-1' },
    },
  ]);
  expect(dimensionsOf(sample, { ...SUBJECT, identity: undefined })).toEqual([LABELLED]);
});

test('an organization takes the place of the repository', () => {
  const config = { ...SUBJECT.config, repository: undefined, organization: 'octo' };
  const sample = stockSample('JobsStarted', { value, at });
  expect(dimensionsOf(sample, { ...SUBJECT, config })).toEqual([
    { GH_ORGANIZATION: 'octo', GH_LABEL: 'b' },
  ]);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 361])('%d is not published', (wrong) => {
  expect(toData([stockSample('JobsStarted', { value: wrong, at })], SUBJECT)).toEqual([]);
});
