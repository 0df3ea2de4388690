import type { Identity, TapContext } from '@ci-runner/core';
import { regionOf, type AwsVariables } from '../aws/access.ts';
import { findIdentity } from '../identity/find-identity.ts';
import { findImds } from '../instance/find-imds.ts';
import { createPublication, type Publication } from './publication.ts';

/** Any of these leads the SDK to credentials. */
const CREDENTIALS = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];

/** The runner that is idle for the first time waits for it. */
const SECOND_LIMIT_MS = 1_000;

const isInAws = async (env: AwsVariables): Promise<boolean> =>
  Boolean(env['ECS_CONTAINER_METADATA_URI_V4']) || (await findImds(env)) !== undefined;

/** Asks again where the boot could not wait for an answer, or where an id was given without its region. */
const askAgain = async (env: AwsVariables, signal: AbortSignal): Promise<Identity | undefined> => {
  const { CI_RUNNER_INSTANCE_ID: _given, ...asking } = env;
  const limited = AbortSignal.any([signal, AbortSignal.timeout(SECOND_LIMIT_MS)]);
  // Why nobody answers was said at the boot.
  return findIdentity(asking, limited).catch(() => undefined);
};

/** Said of a machine whose metadata service did not answer, which may be different the next time. */
export const NO_REGION = 'no region is known: set AWS_REGION';

/** The way to CloudWatch, or why there is none. */
export const findPublication = async (
  env: AwsVariables,
  { config, log, signal, identity }: Pick<TapContext, 'config' | 'log' | 'signal' | 'identity'>,
): Promise<Publication | string> => {
  let known = await identity();
  if (known === undefined && !(await isInAws(env)) && !CREDENTIALS.some((name) => env[name])) {
    return 'this machine is not in AWS, and has no credentials for it';
  }
  if (known?.region === undefined) {
    const found = await askAgain(env, signal);
    known = known === undefined ? found : { ...found, ...known };
  }
  const region = regionOf(env) ?? known?.region;
  if (region === undefined) return NO_REGION;
  return createPublication({ region, env, subject: { config, identity: known }, log });
};
