import { randomBytes } from 'node:crypto';
import type { GitHubFaults } from '../../github/faults/fault-rule.ts';
import { describeCredentials, type AwsRole } from '../role.ts';
import type { AwsCredentials } from '../verify-signature.ts';
import { startLoopbackServer, type ServedAnswer, type ServedRequest } from '../loopback-server.ts';

/** What an instance is told of itself; it can be changed at any time. */
export interface InstanceMetadata {
  instanceId: string;
  region: string;
  /** A spot instance that is to be taken away. */
  spotNotice?: { readonly action: 'terminate' | 'stop' | 'hibernate'; readonly time: string };
  /** When EC2 said that the risk of an interruption has risen, such as `2026-01-01T00:00:00Z`. */
  rebalanceNoticeTime?: string;
  /** The state that its Auto Scaling group brings it to, such as `InService` or `Terminated`; without a group none. */
  targetLifecycleState?: string;
  /** Of the instance's role: such that are good for six hours at any time. */
  credentials?: AwsCredentials;
  /** The instance's role, whose credentials are handed out instead of `credentials`. */
  role?: AwsRole;
}

/** A request as the service saw it. */
export interface ImdsRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** An instance metadata service, version 2, on loopback. */
export interface EmbeddedImds {
  readonly url: string;
  readonly metadata: InstanceMetadata;
  readonly requests: readonly ImdsRequest[];
  /** What goes wrong. A hop limit of 1 looks like a hanging `PUT /latest/api/token`. */
  readonly faults: GitHubFaults;
  /** Ends all tokens, as a restart of the service does. */
  forgetTokens(): void;
  close(): Promise<void>;
}

const TOKEN_PATH = '/latest/api/token';
const METADATA = '/latest/meta-data/';
const IDENTITY_DOCUMENT = '/latest/dynamic/instance-identity/document';
const LONGEST_TTL_S = 21_600;
const ROLE = 'ci-runner';

const answer = (status: number, body = '', headers: Record<string, string> = {}): ServedAnswer => ({
  status,
  headers: { 'content-type': 'text/plain', ...headers },
  body,
});

const SIX_HOURS_MS = 6 * 60 * 60_000;

const roleCredentials = ({ credentials, role }: InstanceMetadata): string | undefined => {
  const temporary = role?.credentials();
  const handedOut = temporary ?? credentials;
  if (handedOut === undefined) return undefined;
  return JSON.stringify({
    Code: 'Success',
    Type: 'AWS-HMAC',
    LastUpdated: new Date().toISOString(),
    ...describeCredentials(handedOut, temporary?.expiresAt ?? Date.now() + SIX_HOURS_MS),
  });
};

/** @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html */
const identityDocument = ({ instanceId, region }: InstanceMetadata): string =>
  JSON.stringify(
    {
      accountId: '123456789012',
      architecture: 'x86_64',
      availabilityZone: `${region}a`,
      billingProducts: null,
      devpayProductCodes: null,
      marketplaceProductCodes: null,
      imageId: 'ami-0123456789abcdef0',
      instanceId,
      instanceType: 'm7i.large',
      kernelId: null,
      pendingTime: '2026-01-01T00:00:00Z',
      privateIp: '192.0.2.10',
      ramdiskId: null,
      region,
      version: '2017-09-30',
    },
    undefined,
    2,
  );

const metadataAt = (path: string, metadata: InstanceMetadata): string | undefined => {
  const { spotNotice, rebalanceNoticeTime, credentials, role } = metadata;
  switch (path) {
    case 'instance-id':
      return metadata.instanceId;
    case 'placement/region':
      return metadata.region;
    case 'spot/instance-action':
      return spotNotice && JSON.stringify(spotNotice);
    case 'events/recommendations/rebalance':
      return rebalanceNoticeTime && JSON.stringify({ noticeTime: rebalanceNoticeTime });
    case 'autoscaling/target-lifecycle-state':
      return metadata.targetLifecycleState;
    case 'iam/security-credentials/':
      return (role ?? credentials) && ROLE;
    case `iam/security-credentials/${ROLE}`:
      return roleCredentials(metadata);
    default:
      return undefined;
  }
};

const valueAt = (path: string, metadata: InstanceMetadata): string | undefined => {
  if (path === IDENTITY_DOCUMENT) return identityDocument(metadata);
  return path.startsWith(METADATA) ? metadataAt(path.slice(METADATA.length), metadata) : undefined;
};

/**
 * Starts an IMDSv2: nothing without a token, no token through a proxy.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
export async function startImds(given: Partial<InstanceMetadata> = {}): Promise<EmbeddedImds> {
  const metadata: InstanceMetadata = {
    instanceId: 'i-0123456789abcdef0',
    region: 'us-east-1',
    ...given,
  };
  const requests: ImdsRequest[] = [];
  const tokens = new Map<string, number>();
  const issue = ({ headers }: ServedRequest): ServedAnswer => {
    if (headers['x-forwarded-for'] !== undefined) return answer(403);
    const ttl = String(headers['x-aws-ec2-metadata-token-ttl-seconds'] ?? '');
    if (!/^\d+$/.test(ttl) || Number(ttl) < 1 || Number(ttl) > LONGEST_TTL_S) return answer(400);
    const token = randomBytes(32).toString('base64url');
    tokens.set(token, Date.now() + Number(ttl) * 1_000);
    return answer(200, token, { 'x-aws-ec2-metadata-token-ttl-seconds': ttl });
  };
  const respond = (request: ServedRequest): ServedAnswer => {
    const { method, url, headers } = request;
    if (url === TOKEN_PATH) return method === 'PUT' ? issue(request) : answer(405);
    if (method !== 'GET') return answer(405);
    const token = String(headers['x-aws-ec2-metadata-token'] ?? '');
    if ((tokens.get(token) ?? 0) <= Date.now()) return answer(401);
    const value = valueAt(url, metadata);
    return value === undefined ? answer(404) : answer(200, value);
  };
  const server = await startLoopbackServer(
    (request) => {
      const answered = respond(request);
      requests.push({ method: request.method, path: request.url, status: answered.status });
      return answered;
    },
    () => Date.now(),
  );
  return { ...server, metadata, requests, forgetTokens: () => tokens.clear() };
}
