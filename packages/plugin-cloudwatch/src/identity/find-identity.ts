import type { Identity } from '@ci-runner/core';
import { findImds } from '../instance/find-imds.ts';
import { regionOf, type AwsVariables } from '../aws/access.ts';

const identityOf = (instanceId: string, region: string | undefined): Identity =>
  region === undefined ? { instanceId } : { instanceId, region };

/**
 * A task of ECS: `arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID`.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html
 */
const askEcs = async (endpoint: string, signal: AbortSignal): Promise<Identity> => {
  const answer = await fetch(`${endpoint}/task`, { signal });
  if (!answer.ok) throw new Error(`${endpoint}/task answers with status ${answer.status}`);
  const { TaskARN: arn } = (await answer.json()) as { TaskARN?: unknown };
  const [, region, id] =
    /^arn:[^:]+:ecs:([^:]+):[^:]*:task\/(?:.*\/)?([^/]+)$/.exec(String(arn)) ?? [];
  if (id === undefined) throw new Error(`${endpoint}/task names no task`);
  return identityOf(id, region);
};

const askImds = async (env: AwsVariables, signal: AbortSignal): Promise<Identity | undefined> => {
  const imds = await findImds(env);
  if (imds === undefined) return undefined;
  const [instanceId, region] = await Promise.all([
    imds.get('instance-id', signal),
    imds.get('placement/region', signal),
  ]);
  return instanceId === undefined ? undefined : identityOf(instanceId, region);
};

/**
 * Who and where this machine is, as the environment, ECS or the instance metadata service says; undefined where none of
 * them is there.
 *
 * @throws Error when the one that is there does not answer.
 */
export const findIdentity = async (
  env: AwsVariables,
  signal: AbortSignal,
): Promise<Identity | undefined> => {
  // Ours: stands for an answer of the cloud.
  const given = env['CI_RUNNER_INSTANCE_ID'];
  if (given) return identityOf(given, regionOf(env));
  // ECS sets it in every container.
  const ecs = env['ECS_CONTAINER_METADATA_URI_V4'];
  return !ecs ? askImds(env, signal) : askEcs(ecs, signal);
};
