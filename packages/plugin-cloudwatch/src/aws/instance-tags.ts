import { queryEc2, type Ec2Access } from './ec2-query.ts';
import { readElement, readItems } from './xml.ts';

/** An instance, where it is, and as whom to ask. */
export interface TaggedInstance extends Ec2Access {
  /** Such as `i-0123456789abcdef0`. */
  readonly instanceId: string;
}

/**
 * The tags of an instance by their keys. It needs the right ec2:DescribeTags.
 *
 * @throws Ec2Error when EC2 refuses; another Error when it cannot be asked.
 */
export const readTags = async (
  instance: TaggedInstance,
): Promise<Readonly<Record<string, string>>> => {
  const filter = { 'Filter.1.Name': 'resource-id', 'Filter.1.Value.1': instance.instanceId };
  const answer = await queryEc2('DescribeTags', filter, instance);
  // An instance has 50 tags at most, and a page a thousand.
  const pairs = readItems(answer, 'item').map((item): [string, string] => [
    readElement(item, 'key') ?? '',
    readElement(item, 'value') ?? '',
  ]);
  return Object.fromEntries(pairs);
};

/**
 * Sets tags of an instance, all or none; others stay. It needs the right ec2:CreateTags.
 *
 * @throws Ec2Error when EC2 refuses; another Error when it cannot be asked.
 */
export const writeTags = async (
  tags: Readonly<Record<string, string>>,
  instance: TaggedInstance,
): Promise<void> => {
  const parameters = Object.entries(tags).flatMap(([key, value], index) => [
    [`Tag.${index + 1}.Key`, key],
    [`Tag.${index + 1}.Value`, value],
  ]);
  await queryEc2(
    'CreateTags',
    { 'ResourceId.1': instance.instanceId, ...Object.fromEntries(parameters) },
    instance,
  );
};
