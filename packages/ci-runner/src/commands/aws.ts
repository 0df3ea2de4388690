import { describeError, RunnerError, type Identity } from '@ci-runner/core';
import {
  instanceIdentity,
  putMetric,
  readTag,
  regionOf,
  writeTag,
  type TaggedInstance,
} from '@ci-runner/plugin-cloudwatch/aws';
import type { CommandIo } from './command-io.ts';
import { useProxies } from './use-proxies.ts';

/** How long AWS may take altogether, in milliseconds. */
const LIMIT_MS = 30_000;
/** How long the instance may take to say who it is. */
const IDENTITY_LIMIT_MS = 5_000;

/** The names of errors that say who asks may not, or is nobody: those of JSON, of the query protocol, and of EC2. */
const REFUSED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthFailure',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'UnauthorizedOperation',
  'UnrecognizedClientException',
]);

const namesOf = (error: unknown): string[] =>
  error instanceof Error
    ? [error.name, 'code' in error ? String(error.code) : ''].filter(Boolean)
    : [];

/** Does `work`; what AWS says against it is told as that. */
const asking = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (cause) {
    const refused = namesOf(cause).some((name) => REFUSED.has(name));
    throw new RunnerError(
      refused ? 'CREDENTIALS_REFUSED' : 'SERVICE_UNAVAILABLE',
      `${what}: ${describeError(cause)}`,
      { cause },
    );
  }
};

interface Place {
  readonly identity: Identity | undefined;
  readonly region: string | undefined;
}

const findPlace = async ({ environment }: CommandIo): Promise<Place> => {
  useProxies(environment);
  const signal = AbortSignal.timeout(IDENTITY_LIMIT_MS);
  const identity = await asking('the instance does not say who it is', async () =>
    instanceIdentity(environment, signal),
  );
  return { identity, region: regionOf(environment) ?? identity?.region };
};

const parseDimensions = (text: string): Record<string, string> => {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair): [string, string] => {
      const [, name = '', value = ''] = /^\s*([^=]+)=(.+?)\s*$/.exec(pair) ?? [];
      if (name !== '') return [name, value];
      throw new RunnerError(
        'CONFIG_INVALID',
        `DIMENSIONS: got ${JSON.stringify(pair)}; takes NAME=VALUE pairs separated by commas`,
      );
    }),
  );
};

const parseValue = (text: string): number => {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new RunnerError('CONFIG_INVALID', `VALUE: got ${JSON.stringify(text)}; takes a number`);
};

/** What a metric is put as. */
export interface MetricArguments {
  readonly name: string;
  readonly value: string;
  /** `NAME=VALUE` pairs separated by commas. */
  readonly dimensions: string;
  readonly namespace: string;
}

/**
 * Publishes one data point as the user who runs this, with the dimensions Region and InstanceId where they are known; outside
 * AWS it only says what it would have published.
 */
export const metric = async (io: CommandIo, given: MetricArguments): Promise<number> => {
  const value = parseValue(given.value);
  const dimensions = parseDimensions(given.dimensions);
  const { identity, region } = await findPlace(io);
  if (region === undefined) {
    io.complain(`${given.name} ${value}: not published, because this is not AWS\n`);
    return 0;
  }
  const instance = identity === undefined ? {} : { InstanceId: identity.instanceId };
  await asking(`${given.name} was not published`, async () =>
    putMetric({
      name: given.name,
      value,
      namespace: given.namespace,
      dimensions: { Region: region, ...dimensions, ...instance },
      region,
      env: io.environment,
      signal: AbortSignal.timeout(LIMIT_MS),
    }),
  );
  return 0;
};

const ownInstance = async (io: CommandIo): Promise<TaggedInstance> => {
  const { identity, region } = await findPlace(io);
  if (identity === undefined || region === undefined) {
    throw new RunnerError('SERVICE_UNAVAILABLE', 'this is no instance of AWS: it has no tags');
  }
  const signal = AbortSignal.timeout(LIMIT_MS);
  return { instanceId: identity.instanceId, region, env: io.environment, signal };
};

/** Prints the value of a tag of this instance; nothing where there is no such tag. */
export const printTag = async (io: CommandIo, key: string): Promise<number> => {
  const instance = await ownInstance(io);
  const value = await asking(`the tag ${key} was not read`, async () => readTag(key, instance));
  if (value !== undefined) io.write(`${value}\n`);
  return 0;
};

/** Sets a tag of this instance. */
export const setTag = async (io: CommandIo, key: string, value: string): Promise<number> => {
  const instance = await ownInstance(io);
  await asking(`the tag ${key} was not written`, async () => writeTag(key, value, instance));
  return 0;
};
