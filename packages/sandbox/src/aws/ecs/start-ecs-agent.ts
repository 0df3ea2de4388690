import type { GitHubFaults } from '../../github/faults/fault-rule.ts';
import { startLoopbackServer, type ServedAnswer } from '../loopback-server.ts';
import { createRole, describeCredentials, type AwsRole } from '../role.ts';

/** The settings of {@link startEcsAgent}. */
export interface EcsAgentOptions {
  /** Default: one in `us-east-1`. */
  taskArn?: string;
  /** The task's role. Default: one of its own. */
  role?: AwsRole;
}

/** What ECS has beside the containers of a task, on loopback. */
export interface EmbeddedEcsAgent {
  /** What ECS_CONTAINER_METADATA_URI_V4 is. */
  readonly metadataUri: string;
  /** What AWS_CONTAINER_CREDENTIALS_FULL_URI would be: ECS sets the RELATIVE_URI, for an address that no test has. */
  readonly credentialsUri: string;
  readonly role: AwsRole;
  /** What goes wrong. */
  readonly faults: GitHubFaults;
  close(): Promise<void>;
}

const METADATA_PATH = '/v4/0123456789abcdef0123456789abcdef-1';
const CREDENTIALS_PATH = '/v2/credentials/01234567-89ab-cdef-0123-456789abcdef';
const TASK_ARN = 'arn:aws:ecs:us-east-1:123456789012:task/fleet/0123456789abcdef0123456789abcdef';
const ROLE_ARN = 'arn:aws:iam::123456789012:role/ci-runner';

const json = (value: object): ServedAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

/**
 * Starts an agent that tells the task's ARN and hands out the credentials of its role.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
 */
export async function startEcsAgent({
  taskArn = TASK_ARN,
  role = createRole(),
}: EcsAgentOptions = {}): Promise<EmbeddedEcsAgent> {
  const server = await startLoopbackServer(
    ({ url }) => {
      if (url === `${METADATA_PATH}/task`) return json({ TaskARN: taskArn });
      if (url !== CREDENTIALS_PATH) return { status: 404, headers: {}, body: '' };
      const credentials = role.credentials();
      return json({
        RoleArn: ROLE_ARN,
        ...describeCredentials(credentials, credentials.expiresAt),
      });
    },
    () => Date.now(),
  );
  return {
    metadataUri: server.url + METADATA_PATH,
    credentialsUri: server.url + CREDENTIALS_PATH,
    role,
    faults: server.faults,
    close: async () => server.close(),
  };
}
