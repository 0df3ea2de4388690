import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { metrics, stockSample, type MetricName } from '@ci-runner/core';
import { describe, expect, test } from 'vitest';
import { BOOT_TAG } from '../src/name-tag/tag-instance.ts';
import { toData } from '../src/publish/metric-datum.ts';

const DIRECTORY = join(import.meta.dirname, '../../../docker/aws');

const readJson = async <Content>(name: string): Promise<Content> =>
  JSON.parse(await readFile(join(DIRECTORY, name), 'utf8')) as Content;

/** Every metric as the code publishes it: its namespace, name, unit and the names of its dimensions. */
const PUBLISHED = (Object.keys(metrics) as MetricName[]).flatMap((name) => {
  const dimensions = Object.fromEntries(metrics[name].dimensions.map((key) => [key, 'x']));
  const config = {
    repository: 'o/a',
    organization: undefined,
    enterprise: undefined,
    labels: ['l'],
  };
  const sample = stockSample(name, { value: 1, at: 0, dimensions });
  return toData([sample], { config, identity: { instanceId: 'i-1', region: 'r' } });
});

const describeMetric = (namespace: string, name: string, dimensions: readonly string[]): string =>
  `${namespace} ${name} ${dimensions.toSorted().join(',')}`;

const known = new Set(
  PUBLISHED.map(({ namespace, name, dimensions }) =>
    describeMetric(namespace, name, Object.keys(dimensions)),
  ),
);

interface MetricReference {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Unit: string;
  readonly Dimensions: readonly { readonly Name: string }[];
}

interface Template {
  readonly Parameters: Readonly<Record<string, unknown>>;
  readonly Conditions: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<
    Record<
      string,
      { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>> }
    >
  >;
}

/** All values of a key, at any depth. */
const valuesOf = (tree: unknown, key: string): unknown[] => {
  if (typeof tree !== 'object' || tree === null) return [];
  return Object.entries(tree).flatMap(([name, value]) => [
    ...(name === key ? [value] : []),
    ...valuesOf(value, key),
  ]);
};

const metricsOf = (tree: unknown): MetricReference[] => {
  if (typeof tree !== 'object' || tree === null) return [];
  const own = 'MetricName' in tree ? [tree as MetricReference] : [];
  return [...own, ...Object.values(tree).flatMap((value: unknown) => metricsOf(value))];
};

/** The actions of Auto Scaling that the user data calls, by their names in a policy. */
const actionsOfUserData = async (): Promise<Set<string>> => {
  const text = await readFile(join(DIRECTORY, 'user-data.sh'), 'utf8');
  const commands = [...text.matchAll(/(?:aws autoscaling|lifecycle_action) ([a-z-]+)/g)];
  const words = commands.map(([, command = '']) => command.split('-'));
  const names = words.map((all) =>
    all.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join(''),
  );
  return new Set(names.toSorted());
};

describe('the CloudFormation template', () => {
  test('names nothing that it does not have', async () => {
    const template = await readJson<Template>('scaling.template.json');
    const { Parameters, Conditions, Resources } = template;
    const there = new Set([
      ...Object.keys(Parameters),
      ...Object.keys(Resources),
      'AWS::NoValue',
      'AWS::Partition',
    ]);
    const named = [
      ...valuesOf(template, 'Ref'),
      ...valuesOf(template, 'Fn::GetAtt').map((value) => (value as string[])[0]),
      ...valuesOf(template, 'Fn::Sub').flatMap((text) =>
        [...(text as string).matchAll(/\$\{(.*?)\}/g)].map(([, name]) => name),
      ),
    ];
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !there.has(String(name)))).toEqual([]);
    const conditions = valuesOf(template, 'Fn::If').map((value) => (value as string[])[0]);
    expect(conditions).toEqual(Object.keys(Conditions));
    const unused = Object.keys(Parameters).filter((name) => !named.includes(name));
    expect(unused).toEqual([]);
  });

  test('scales and alarms by metrics that are published', async () => {
    const found = metricsOf(await readJson<Template>('scaling.template.json'));
    expect(found).toHaveLength(2);
    for (const { Namespace, MetricName, Unit, Dimensions } of found) {
      const dimensions = Dimensions.map(({ Name }) => Name);
      expect(known).toContain(describeMetric(Namespace, MetricName, dimensions));
      expect(Unit).toBe(metrics[MetricName as MetricName].unit);
    }
  });

  test('gives the rights of the policy, which are those that metrics, the Name tag and the user data need', async () => {
    const { Resources } = await readJson<Template>('scaling.template.json');
    const policy = await readJson<unknown>('policy.json');
    const ofGroup = JSON.stringify(policy)
      .replace('"<group>"', '{"Ref":"AutoScalingGroup"}')
      .replace(
        /"arn:aws:([^"]*)<group>"/,
        (_all, middle) => `{"Fn::Sub":"arn:\${AWS::Partition}:${middle}\${AutoScalingGroup}"}`,
      );
    expect(valuesOf(Resources, 'PolicyDocument')).toEqual([JSON.parse(ofGroup)]);
    const [namespaces] = valuesOf(policy, 'cloudwatch:namespace') as string[][];
    expect(new Set(namespaces)).toEqual(new Set(PUBLISHED.map(({ namespace }) => namespace)));
    expect(valuesOf(policy, 'aws:TagKeys')).toEqual([['Name', BOOT_TAG]]);
    expect(valuesOf(policy, 'Action')).toEqual([
      'cloudwatch:PutMetricData',
      'ec2:DescribeTags',
      'ec2:CreateTags',
      [...(await actionsOfUserData())].map((action) => `autoscaling:${action}`),
    ]);
  });

  test('makes the lifecycle hook that the user data holds and completes', async () => {
    const { Resources } = await readJson<Template>('scaling.template.json');
    expect(await readFile(join(DIRECTORY, 'user-data.sh'), 'utf8')).toContain(
      `LIFECYCLE_HOOK=\${LIFECYCLE_HOOK:-${String(valuesOf(Resources, 'LifecycleHookName')[0])}}`,
    );
    expect(valuesOf(Resources, 'LifecycleTransition')).toEqual([
      'autoscaling:EC2_INSTANCE_TERMINATING',
    ]);
  });
});

test('the dashboard shows metrics that are published', async () => {
  const rows = valuesOf(await readJson('dashboard.json'), 'metrics') as string[][][];
  const shown = rows.flat().map(([namespace = '', name = '', ...pairs]) =>
    describeMetric(
      namespace,
      name,
      pairs.filter((_value, index) => index % 2 === 0),
    ),
  );
  expect(shown.length).toBeGreaterThan(5);
  expect(shown.filter((metric) => !known.has(metric))).toEqual([]);
});
