import type { Identity, Sample } from '@ci-runner/core';
import { findIdentity } from '../identity/find-identity.ts';
import { findImds } from '../instance/find-imds.ts';
import { connect } from '../publish/cloudwatch-client.ts';
import type { AwsVariables } from './access.ts';
import { readTags, writeTags, type TaggedInstance } from './instance-tags.ts';

export { keysOf, regionOf, type AwsKeys, type AwsVariables } from './access.ts';
export { Ec2Error, type Ec2Access } from './ec2-query.ts';
export { readTags, writeTags, type TaggedInstance } from './instance-tags.ts';

/**
 * Who and where this machine is, as the environment, ECS or the instance metadata service says; undefined outside AWS.
 *
 * @throws Error when the one that is there does not answer before `signal` aborts, or answers nonsense.
 */
export const instanceIdentity = async (
  env: AwsVariables,
  signal: AbortSignal,
): Promise<Identity | undefined> => findIdentity(env, signal);

/**
 * What the instance metadata service has at a path below `/latest/meta-data/`, such as `instance-type`; undefined where
 * there is nothing, and outside EC2.
 *
 * @throws Error when the service does not answer before `signal` aborts, or refuses.
 */
export const instanceMetadata = async (
  path: string,
  env: AwsVariables,
  signal: AbortSignal,
): Promise<string | undefined> => (await findImds(env))?.get(`meta-data/${path}`, signal);

/** The value of one tag of an instance; undefined where it has none of this key. Rights and errors are those of {@link readTags}. */
export const readTag = async (
  key: string,
  instance: TaggedInstance,
): Promise<string | undefined> => {
  const tags = await readTags(instance);
  return Object.hasOwn(tags, key) ? tags[key] : undefined;
};

/** Sets one tag of an instance. Rights and errors are those of {@link writeTags}. */
export const writeTag = async (
  key: string,
  value: string,
  instance: TaggedInstance,
): Promise<void> => writeTags({ [key]: value }, instance);

/** One data point, and where it goes. */
export interface PutMetricInput {
  readonly name: string;
  readonly value: number;
  /** @default 'None' */
  readonly unit?: Sample['unit'];
  /** @default none */
  readonly dimensions?: Readonly<Record<string, string>>;
  /** @default 'ci-storage/metrics' */
  readonly namespace?: string;
  /** Milliseconds since the epoch. @default now */
  readonly at?: number;
  /** Such as `eu-central-1`. */
  readonly region: string;
  /** Names keys where the SDK's chain is not to look for some; the SDK reads its endpoint from the variables of the process. */
  readonly env: AwsVariables;
  /** Ends the request. */
  readonly signal: AbortSignal;
}

/**
 * Publishes one data point, kept by the second. It needs the right cloudwatch:PutMetricData.
 *
 * @throws Error of the SDK when CloudWatch refuses or cannot be reached, or the signal aborts.
 */
export const putMetric = async (input: PutMetricInput): Promise<void> => {
  const {
    namespace = 'ci-storage/metrics',
    unit = 'None',
    at = Date.now(),
    dimensions = {},
  } = input;
  const { name, value, region, env, signal } = input;
  const connection = await connect(region, env);
  try {
    const datum = { namespace, name, value, unit, at, dimensions, highResolution: true };
    await connection.send(namespace, [datum], signal);
  } finally {
    connection.close();
  }
};
