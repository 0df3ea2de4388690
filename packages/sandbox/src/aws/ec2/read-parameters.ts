import { AwsError } from '../aws-error.ts';

/** The parameters of a request of the Query API. */
export type Parameters = ReadonlyMap<string, string>;

/** @throws AwsError without it. */
export const required = (parameters: Parameters, name: string): string => {
  const value = parameters.get(name);
  if (value) return value;
  throw new AwsError(
    'MissingParameter',
    400,
    `The request must contain the parameter ${name.replace(/\.\d+$/, '')}`,
  );
};

/** `PREFIX.1`, `PREFIX.2`, … as long as `read` finds something. */
const count = <Item>(prefix: string, read: (name: string) => Item | undefined): Item[] => {
  const items: Item[] = [];
  for (let index = 1; ; index += 1) {
    const item = read(`${prefix}.${index}`);
    if (item === undefined) return items;
    items.push(item);
  }
};

/** The values `PREFIX.1`, `PREFIX.2`, … */
export const list = (parameters: Parameters, prefix: string): string[] =>
  count(prefix, (name) => parameters.get(name));

/** A tag as a request has it. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

const invalid = (message: string): AwsError => new AwsError('InvalidParameterValue', 400, message);

const LONGEST_KEY = 127;
const LONGEST_VALUE = 255;

/**
 * The tags that are to be made, within their limits.
 *
 * @throws AwsError where one of them is wrong.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Tag.html
 */
export const readTags = (parameters: Parameters): Tag[] => {
  const tags = count('Tag', (name): Tag | undefined => {
    const key = parameters.get(`${name}.Key`);
    return key === undefined ? undefined : { key, value: parameters.get(`${name}.Value`) ?? '' };
  });
  if (tags.length === 0) required(parameters, 'Tag.1');
  for (const { key, value } of tags) {
    if (key === '' || key.length > LONGEST_KEY)
      throw invalid(`Tag key length must be 1 to ${LONGEST_KEY}.`);
    if (/^aws:/i.test(key))
      throw invalid('Tag keys starting with ‘aws:’ are reserved for internal use');
    if (value.length > LONGEST_VALUE)
      throw invalid(`Tag value exceeds the maximum length of ${LONGEST_VALUE} characters`);
  }
  if (new Set(tags.map(({ key }) => key)).size < tags.length) {
    throw invalid('Duplicate tag keys are not allowed.');
  }
  return tags;
};

/** A filter: one of the values must match. */
export interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}

export const readFilters = (parameters: Parameters): Filter[] =>
  count('Filter', (prefix): Filter | undefined => {
    const name = parameters.get(`${prefix}.Name`);
    return name === undefined ? undefined : { name, values: list(parameters, `${prefix}.Value`) };
  });
