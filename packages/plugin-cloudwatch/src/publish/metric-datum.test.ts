import { stockSample, type Sample } from '@ci-runner/core';
import { expect, test } from 'vitest';
import { faultOf, toData, type Subject } from './metric-datum.ts';

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

const JOBS = stockSample('JobsStarted', { value, at });

test.each<[string, Partial<Sample>, string]>([
  ['no number', { value: Number.NaN }, 'value NaN'],
  ['infinite', { value: Number.NEGATIVE_INFINITY }, 'value -Infinity'],
  ['too large', { value: -(2 ** 361) }, 'from -2^360 to 2^360'],
  ['at no time', { at: Number.NaN }, 'time NaN'],
  ['without a name', { name: '' }, '"" is no name'],
  ['of a name beyond ASCII', { name: 'größe' }, '"größe" is no name'],
  ['of a long name', { name: 'x'.repeat(256) }, 'is no name'],
  ['with a dimension of a colon', { dimensions: { ':x': 'y' } }, '":x" is no name'],
  [
    'with too many dimensions',
    { dimensions: Object.fromEntries(Array.from({ length: 27 }, (_none, n) => [`d${n}`, 'x'])) },
    '27 dimensions',
  ],
])('what is %s is not published', (_what, wrong, fault) => {
  const sample = { ...JOBS, ...wrong };
  expect(faultOf(sample)).toContain(fault);
  expect(toData([sample, JOBS], SUBJECT)).toHaveLength(1);
});

test.each([0, -5, 2 ** 360, 1e-300])('the value %d is published', (good) => {
  expect(toData([{ ...JOBS, value: good }], SUBJECT)).toMatchObject([{ value: good }]);
});

test('dimensions are as CloudWatch takes them', () => {
  const labels = [`größe-𝒳\n${'x'.repeat(2_000)}`];
  const subject = { ...SUBJECT, config: { ...SUBJECT.config, labels } };
  const [dimensions] = dimensionsOf({ ...JOBS, dimensions: { Blank: ' ', Mark: 'é' } }, subject);
  const label = `gr??e-??${'x'.repeat(2_000)}`.slice(0, 1_024);
  expect(dimensions).toEqual({ ...REPOSITORY, GH_LABEL: label, Mark: '?' });
});
