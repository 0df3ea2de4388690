import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { metrics, stockSample, type MetricName } from '@ci-runner/core';
import { describe, expect, onTestFinished, test } from 'vitest';
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

describe('the CloudFormation template', () => {
  test('names nothing that it does not have', async () => {
    const template = await readJson<Template>('scaling.template.json');
    const { Parameters, Conditions, Resources } = template;
    const there = new Set([...Object.keys(Parameters), ...Object.keys(Resources), 'AWS::NoValue']);
    const named = [
      ...valuesOf(template, 'Ref'),
      ...valuesOf(template, 'Fn::GetAtt').map((value) => (value as string[])[0]),
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

  test('gives the rights of the policy, which are those that metrics and the Name tag need', async () => {
    const { Resources } = await readJson<Template>('scaling.template.json');
    const policy = await readJson<unknown>('policy.json');
    const ofGroup = JSON.stringify(policy).replace('"<group>"', '{"Ref":"AutoScalingGroup"}');
    expect(valuesOf(Resources, 'PolicyDocument')).toEqual([JSON.parse(ofGroup)]);
    const [namespaces] = valuesOf(policy, 'cloudwatch:namespace') as string[][];
    expect(new Set(namespaces)).toEqual(new Set(PUBLISHED.map(({ namespace }) => namespace)));
    expect(valuesOf(policy, 'aws:TagKeys')).toEqual([['Name', BOOT_TAG]]);
    expect(valuesOf(policy, 'Action')).toEqual([
      'cloudwatch:PutMetricData',
      'ec2:DescribeTags',
      'ec2:CreateTags',
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

const makeDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'user-data-'));
  onTestFinished(async () => rm(directory, { recursive: true }));
  return directory;
};

/** Runs the user data with stand-ins for `aws` and `docker`; tells the words after `docker`. */
const runUserData = async (
  directory: string,
  variables: Readonly<Record<string, string>>,
): Promise<string[]> => {
  const program = async (name: string, text: string): Promise<void> =>
    writeFile(join(directory, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  await program('aws', 'printf "value of %s\\n" "$4"');
  await program('docker', String.raw`printf '%s\n' "$@"`);
  const { stdout } = await promisify(execFile)(join(DIRECTORY, 'user-data.sh'), {
    env: {
      PATH: `${directory}:${process.env['PATH'] ?? ''}`,
      SECRETS_DIRECTORY: join(directory, 'secrets'),
      ...variables,
    },
  });
  return stdout.split('\n');
};

describe('the user data', () => {
  test('passes the boot time and the storage, and the secrets as files alone', async () => {
    const directory = await makeDirectory();
    const passed = await runUserData(directory, { CI_STORAGE_HOST: '127.0.0.1:10022' });
    const bootTime = /^btime (\d+)$/m.exec(await readFile('/proc/stat', 'utf8'))?.[1];
    expect(passed).toContain(`BTIME=${bootTime}`);
    expect(passed).toContain('GH_REPOSITORY=octo/app');
    expect(passed).toContain('CI_STORAGE_HOST=127.0.0.1:10022');
    expect(passed).toContain('/mnt:exec');
    expect(passed.join('\n')).not.toContain('value of');
    for (const [name, secret] of [
      ['GH_TOKEN', 'ci-runner/gh-token'],
      ['CI_STORAGE_PRIVATE_KEY', 'ci-runner/ci-storage-private-key'],
    ] as const) {
      const path = join(directory, 'secrets', name);
      expect(passed).toContain(`${path}:/run/secrets/${name}:ro`);
      expect(await readFile(path, 'utf8')).toBe(`value of ${secret}\n`);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
  });

  test('asks for no key where there is no storage', async () => {
    const directory = await makeDirectory();
    const passed = await runUserData(directory, {});
    expect(passed).toContain(`${join(directory, 'secrets/GH_TOKEN')}:/run/secrets/GH_TOKEN:ro`);
    expect(passed.join('\n')).not.toContain('CI_STORAGE_PRIVATE_KEY');
    expect(await readdir(join(directory, 'secrets'))).toEqual(['GH_TOKEN']);
  });
});
