import { httpRequest, type Identity } from '@ci-runner/core';
import { findImds } from '../instance/find-imds.ts';
import { regionOf, type AwsVariables } from '../aws/access.ts';

/** What is no id is a page of somebody who answers in the service's place. */
const ID_FORM = /^[\w-]{1,64}$/;
const REGION_FORM = /^[a-z\d-]{1,64}$/;

const identityOf = (instanceId: string, region: string | undefined): Identity =>
  region === undefined ? { instanceId } : { instanceId, region };

const readTask = (text: string): Identity | undefined => {
  try {
    const { TaskARN: arn } = JSON.parse(text) as { readonly TaskARN?: unknown };
    const [, region, id] =
      /^arn:[\w-]+:ecs:([a-z\d-]+):\d*:task\/(?:[\w-]+\/)?([\w-]{1,64})$/.exec(String(arn)) ?? [];
    return id === undefined ? undefined : identityOf(id, region);
  } catch {
    return undefined;
  }
};

/**
 * A task of ECS: `arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID`.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html
 */
const askEcs = async (endpoint: string, signal: AbortSignal): Promise<Identity> => {
  const url = `${endpoint.replace(/\/$/, '')}/task`;
  try {
    const answer = await httpRequest(url, { signal });
    if (answer.status !== 200) throw new Error(`${url} answers with status ${answer.status}`);
    const task = readTask(answer.body);
    if (task === undefined) throw new Error(`${url} names no task`);
    return task;
  } catch (cause) {
    throw signal.aborted ? new Error(`${url} did not answer in time`, { cause }) : cause;
  }
};

const askImds = async (env: AwsVariables, signal: AbortSignal): Promise<Identity | undefined> => {
  const imds = await findImds(env);
  if (imds === undefined) return undefined;
  const [instanceId, region] = await Promise.all([
    imds.get('instance-id', signal),
    imds.get('placement/region', signal),
  ]);
  if (instanceId === undefined) return undefined;
  if (!ID_FORM.test(instanceId)) {
    throw new Error(
      'what answers for the instance metadata service is another one: it names no id',
    );
  }
  return identityOf(
    instanceId,
    region !== undefined && REGION_FORM.test(region) ? region : undefined,
  );
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
