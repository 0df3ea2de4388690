import { AwsError } from '../aws-error.ts';

/** One data point as CloudWatch keeps it. */
export interface PublishedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly unit: string;
  readonly value: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** In seconds: 1 or 60. */
  readonly storageResolution: number;
}

const MOST_METRICS = 1_000;
const MOST_DIMENSIONS = 30;
const LARGEST_VALUE = 2 ** 360;
const DAY_MS = 24 * 60 * 60_000;
const OLDEST_MS = 14 * DAY_MS;
const NEWEST_MS = 2 * 60 * 60_000;

const UNITS = new Set(
  [
    'Seconds Microseconds Milliseconds Bytes Kilobytes Megabytes Gigabytes Terabytes Bits Kilobits Megabits Gigabits',
    'Terabits Percent Count Bytes/Second Kilobytes/Second Megabytes/Second Gigabytes/Second Terabytes/Second Bits/Second',
    'Kilobits/Second Megabits/Second Gigabits/Second Terabits/Second Count/Second None',
  ].flatMap((names) => names.split(' ')),
);

type Fields = Readonly<Record<string, unknown>>;

const invalid = (message: string): AwsError =>
  new AwsError('InvalidParameterValueException', 400, message);
const missing = (name: string): AwsError =>
  new AwsError('MissingRequiredParameterException', 400, `The parameter ${name} is required.`);

const text = (value: unknown, name: string, longest: number): string => {
  if (value === undefined) throw missing(name);
  if (typeof value !== 'string' || value.trim() === '' || value.length > longest) {
    throw invalid(
      `The parameter ${name} must be 1 to ${longest} characters, one of them no blank.`,
    );
  }
  return value;
};

const knownFields = (fields: Fields, names: readonly string[], path: string): void => {
  const unknown = Object.keys(fields).find((name) => !names.includes(name));
  if (unknown !== undefined) throw invalid(`${path}${unknown} is not played by the sandbox.`);
};

const ascii = (value: string, name: string): string => {
  if (!/^[\x20-\x7e]*$/.test(value)) throw invalid(`The value for parameter ${name} is not ASCII.`);
  return value;
};

const dimensionName = (name: string): string => {
  if (name.startsWith(':')) throw invalid('The name of a dimension must not begin with a colon.');
  return ascii(name, 'Dimensions.Name');
};

const readDimensions = (value: unknown, path: string): Record<string, string> => {
  const list = (value ?? []) as readonly Fields[];
  if (list.length > MOST_DIMENSIONS) {
    throw invalid(`${path}Dimensions has ${list.length} members, at most ${MOST_DIMENSIONS}.`);
  }
  const pairs = list.map(({ Name, Value }, index): [string, string] => [
    dimensionName(text(Name, `${path}Dimensions.${index + 1}.Name`, 255)),
    ascii(
      text(Value, `${path}Dimensions.${index + 1}.Value`, 1_024),
      `${path}Dimensions.${index + 1}.Value`,
    ),
  ]);
  const dimensions = Object.fromEntries(pairs);
  if (Object.keys(dimensions).length !== pairs.length)
    throw invalid(`${path}Dimensions repeats a name.`);
  return dimensions;
};

const readValue = (value: unknown, path: string): number => {
  if (value === undefined) throw missing(`${path}Value`);
  if (typeof value !== 'number' || !Number.isFinite(value) || Math.abs(value) > LARGEST_VALUE) {
    throw invalid(`${path}Value must be a number from -2^360 to 2^360.`);
  }
  return value;
};

const readTime = (value: unknown, now: number, path: string): number => {
  const at = value === undefined ? now : Number(value) * 1_000;
  if (!(at >= now - OLDEST_MS && at <= now + NEWEST_MS)) {
    throw invalid(`${path}Timestamp must be within two weeks before and two hours after now.`);
  }
  return at;
};

/**
 * Reads what a PutMetricData publishes, within the documented limits. Statistic sets, value arrays and entities are not
 * played.
 *
 * @throws AwsError with the name of the first parameter that is wrong; then nothing is published.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
 */
export function readMetricData(input: Fields, now: number): PublishedMetric[] {
  knownFields(input, ['Namespace', 'MetricData'], '');
  const namespace = text(input['Namespace'], 'Namespace', 255);
  if (namespace.startsWith('AWS/'))
    throw invalid('The value AWS/ for parameter Namespace is invalid.');
  const data = input['MetricData'] as readonly Fields[] | undefined;
  if (!Array.isArray(data) || data.length === 0) throw missing('MetricData');
  if (data.length > MOST_METRICS) {
    throw invalid(`The collection MetricData must not have more than ${MOST_METRICS} members.`);
  }
  return data.map((datum: Fields, index) => {
    const path = `MetricData.member.${index + 1}.`;
    knownFields(
      datum,
      ['MetricName', 'Dimensions', 'Timestamp', 'Value', 'Unit', 'StorageResolution'],
      path,
    );
    const { Unit: unit = 'None', StorageResolution: storageResolution = 60 } = datum;
    if (typeof unit !== 'string' || !UNITS.has(unit)) throw invalid(`${path}Unit is unknown.`);
    if (storageResolution !== 1 && storageResolution !== 60) {
      throw invalid(`${path}StorageResolution must be 1 or 60.`);
    }
    return {
      namespace,
      name: ascii(text(datum['MetricName'], `${path}MetricName`, 255), `${path}MetricName`),
      dimensions: readDimensions(datum['Dimensions'], path),
      unit,
      value: readValue(datum['Value'], path),
      at: readTime(datum['Timestamp'], now, path),
      storageResolution,
    };
  });
}
