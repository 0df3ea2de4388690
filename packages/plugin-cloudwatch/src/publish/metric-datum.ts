import type { Identity, RunnerConfig, Sample } from '@ci-runner/core';

/** One data point for CloudWatch. */
export interface Datum {
  readonly namespace: string;
  readonly name: string;
  readonly value: number;
  readonly unit: Sample['unit'];
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Whether it is kept by the second, as existing alarms of short periods need. */
  readonly highResolution: boolean;
}

/** Whom the data points speak of. */
export interface Subject {
  readonly config: Pick<RunnerConfig, 'repository' | 'organization' | 'enterprise' | 'labels'>;
  readonly identity: Identity | undefined;
}

type Dimensions = Readonly<Record<string, string>>;

const NAMESPACE = 'ci-storage/metrics';
/** That of the CloudWatch agent, beside whose metrics of the instance they stand. */
const AGENT_NAMESPACE = 'CWAgent';

const IN_AGENT_NAMESPACE = new Set(['DockerBootSec', 'RunnerBootSec']);
const OF_INSTANCE = new Set([
  'InstanceUptimeSec',
  'RunnerUptimeSec',
  'DockerBootSec',
  'RunnerBootSec',
]);
/** The ones that scale a fleet: of the whole scope, and of those of one label. */
const OF_SCOPE = new Set([
  'ActiveRunnersPercent',
  'IdleRunnersCount',
  'ActiveRunnersCount',
  'AllRunnersCount',
]);

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html */
const MOST_DIMENSIONS = 30;
const LONGEST_DIMENSION_VALUE = 1_024;
const NAME_FORM = /^(?!:)[\x20-\x7e]{1,255}$/;

/** As CloudWatch takes it: printable ASCII, other characters are a `?` each. What has nothing to read in it is left out. */
const dimensionValue = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/gu, '?').slice(0, LONGEST_DIMENSION_VALUE);

const compact = (dimensions: Readonly<Record<string, string | undefined>>): Dimensions =>
  Object.fromEntries(
    Object.entries(dimensions)
      .map(([name, value]): [string, string] => [name, dimensionValue(value ?? '')])
      .filter(([, value]) => value.trim() !== ''),
  );

const scopeOf = ({ config }: Subject): Dimensions =>
  compact({
    GH_REPOSITORY: config.repository,
    GH_ORGANIZATION: config.organization,
    GH_ENTERPRISE: config.enterprise,
  });

const instanceOf = ({ identity }: Subject): Dimensions =>
  compact({ Region: identity?.region, InstanceId: identity?.instanceId });

/** How many dimensions are ours at most. */
const OWN_DIMENSIONS = 4;

/**
 * Why CloudWatch would refuse a sample, in words; undefined where it takes it. One that is refused takes the rest of its
 * request with it.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
 */
export const faultOf = ({ name, value, at, dimensions = {} }: Sample): string | undefined => {
  const names = Object.keys(dimensions);
  const wrong = [name, ...names].find((one) => !NAME_FORM.test(one) || one.trim() === '');
  if (wrong !== undefined) {
    return `${JSON.stringify(wrong)} is no name of 1 to 255 printable ASCII characters`;
  }
  if (!Number.isFinite(value) || Math.abs(value) > 2 ** 360) {
    return `its value ${value} is no number from -2^360 to 2^360`;
  }
  if (!Number.isFinite(at)) return `its time ${at} is no time`;
  return names.length > MOST_DIMENSIONS - OWN_DIMENSIONS
    ? `it has ${names.length} dimensions of its own, at most ${MOST_DIMENSIONS - OWN_DIMENSIONS}`
    : undefined;
};

/** The data points of one sample: one for every set of dimensions that somebody looks at. */
const dataOf = (sample: Sample, subject: Subject): readonly Datum[] => {
  const { name, value, unit, at, dimensions: own = {}, scope } = sample;
  const ofScope = { ...scopeOf(subject), ...compact(own) };
  const ofLabel = { ...ofScope, ...compact({ GH_LABEL: subject.config.labels.at(-1) }) };
  const make = (dimensions: Dimensions): Datum => ({
    namespace: IN_AGENT_NAMESPACE.has(name) ? AGENT_NAMESPACE : NAMESPACE,
    name,
    value,
    unit,
    at,
    dimensions,
    highResolution: OF_SCOPE.has(name),
  });
  if (OF_INSTANCE.has(name)) return [make({ ...ofLabel, ...instanceOf(subject) })];
  if (OF_SCOPE.has(name) && 'GH_LABEL' in ofLabel) return [make(ofScope), make(ofLabel)];
  return [make(scope === 'fleet' ? ofScope : ofLabel)];
};

/** The data points of samples, without those that CloudWatch would refuse. */
export const toData = (samples: readonly Sample[], subject: Subject): readonly Datum[] =>
  samples
    .filter((sample) => faultOf(sample) === undefined)
    .flatMap((sample) => dataOf(sample, subject));
