import { startCloudWatch, startEc2, startImds, type PublishedMetric } from '@ci-runner/sandbox';

/** The AWS of a rehearsal: an instance whose role may publish metrics and tag it. */
export interface EmbeddedAws {
  /** What the supervisor finds it by. */
  readonly environment: Readonly<Record<string, string>>;
  readonly published: readonly PublishedMetric[];
  close(): Promise<void>;
}

const REGION = 'us-east-1';

/** Starts it. No setting of the user's leads to another one. */
export const startAws = async (): Promise<EmbeddedAws> => {
  const cloudWatch = await startCloudWatch({ region: REGION });
  const { credentials } = cloudWatch;
  const imds = await startImds({ region: REGION, credentials });
  const ec2 = await startEc2({ region: REGION, credentials });
  return {
    environment: {
      AWS_ENDPOINT_URL_CLOUDWATCH: cloudWatch.url,
      AWS_ENDPOINT_URL_EC2: ec2.url,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.url,
      // A machine with little time gets no answer out of the metadata service within the second that the boot waits for it.
      AWS_REGION: REGION,
      // Neither those of the user's files.
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    },
    published: cloudWatch.published,
    close: async () => {
      await Promise.all([cloudWatch.close(), ec2.close(), imds.close()]);
    },
  };
};
