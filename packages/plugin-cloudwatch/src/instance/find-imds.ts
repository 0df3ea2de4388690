import { readFile } from 'node:fs/promises';
import type { AwsVariables } from '../aws/access.ts';
import { createImdsClient, IMDS_ENDPOINT, type ImdsClient } from './imds-client.ts';

const startsWith = async (path: string, beginning: string): Promise<boolean> =>
  (await readFile(path, 'utf8').catch(() => '')).startsWith(beginning);

/**
 * Whether the kernel says that this is an EC2 instance: elsewhere a request to the service's address can hang.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/identify_ec2_instances.html
 */
const isInstance = async (): Promise<boolean> =>
  (await startsWith('/sys/class/dmi/id/board_asset_tag', 'i-')) ||
  (await startsWith('/sys/hypervisor/uuid', 'ec2'));

/** The instance metadata service of this machine; undefined where there is none. */
export const findImds = async (env: AwsVariables): Promise<ImdsClient | undefined> => {
  if (env['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') return undefined;
  const endpoint = env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] || undefined;
  if (endpoint === undefined && !(await isInstance())) return undefined;
  return createImdsClient(endpoint ?? IMDS_ENDPOINT);
};
