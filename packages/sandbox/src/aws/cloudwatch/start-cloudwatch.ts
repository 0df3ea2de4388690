import { gunzipSync } from 'node:zlib';
import type { GitHubFaults } from '../../github/faults/fault-rule.ts';
import { startLoopbackServer, type ServedAnswer, type ServedRequest } from '../loopback-server.ts';
import { AwsError, refusal } from '../aws-error.ts';
import type { AwsRole } from '../role.ts';
import { readMetricData, type PublishedMetric } from './read-metric-data.ts';
import {
  SANDBOX_CREDENTIALS,
  verifySignature,
  type AwsCredentials,
  type SignatureRefusals,
} from '../verify-signature.ts';

/** The settings of {@link startCloudWatch}. */
export interface CloudWatchOptions {
  /** Default: `us-east-1`. */
  region?: string;
  /** Who may publish. Default: {@link EmbeddedCloudWatch.credentials} are made up. */
  credentials?: AwsCredentials;
  /** Whose credentials may publish as well, until they end. */
  role?: AwsRole;
}

/** A CloudWatch that takes metrics, on loopback. */
export interface EmbeddedCloudWatch {
  /** The endpoint. */
  readonly url: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  /** What was published, oldest first. */
  readonly published: readonly PublishedMetric[];
  /** How many PutMetricData it has answered itself, refused ones included. */
  readonly calls: number;
  /** How far its clock is ahead, in milliseconds; it can be set at any time. */
  clockOffsetMs: number;
  /** What goes wrong. */
  readonly faults: GitHubFaults;
  close(): Promise<void>;
}

const TARGET = 'GraniteServiceVersion20100801.PutMetricData';
const MOST_BYTES = 1_048_576;

/** In the words of the AWS JSON protocol. */
const REFUSALS: SignatureRefusals = {
  missing: new AwsError('MissingAuthenticationTokenException', 403, 'Missing Authentication Token'),
  unknown: new AwsError(
    'UnrecognizedClientException',
    403,
    'The security token included in the request is invalid.',
  ),
  ended: new AwsError(
    'ExpiredTokenException',
    403,
    'The security token included in the request is expired',
  ),
  expired: new AwsError(
    'InvalidSignatureException',
    403,
    'Signature expired: the time of the request is out of range.',
  ),
  wrong: new AwsError(
    'InvalidSignatureException',
    403,
    'The request signature we calculated does not match the signature you provided.',
  ),
};

const tooLarge = (): AwsError =>
  new AwsError('RequestEntityTooLarge', 413, `Request size exceeds ${MOST_BYTES} bytes.`);

const readBody = ({ headers, body }: ServedRequest): Record<string, unknown> => {
  if (body.length > MOST_BYTES) throw tooLarge();
  try {
    const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    return JSON.parse(plain.toString('utf8')) as Record<string, unknown>;
  } catch {
    throw new AwsError('SerializationException', 400, 'The body is no JSON.');
  }
};

/** Starts a CloudWatch that speaks the AWS JSON protocol, as the AWS SDK for JavaScript has since 2025. */
export async function startCloudWatch({
  region = 'us-east-1',
  credentials = SANDBOX_CREDENTIALS,
  role,
}: CloudWatchOptions = {}): Promise<EmbeddedCloudWatch> {
  const published: PublishedMetric[] = [];
  const state = { calls: 0, clockOffsetMs: 0 };
  const now = (): number => Date.now() + state.clockOffsetMs;
  const put = (request: ServedRequest): ServedAnswer => {
    if (request.method !== 'POST' || request.headers['x-amz-target'] !== TARGET) {
      throw new AwsError('UnknownOperationException', 404, 'Only PutMetricData is played.');
    }
    state.calls += 1;
    verifySignature(request, {
      known: [credentials, ...(role?.issued ?? [])],
      region,
      service: 'monitoring',
      now: now(),
      refusals: REFUSALS,
    });
    published.push(...readMetricData(readBody(request), now()));
    return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: '{}' };
  };
  const server = await startLoopbackServer((request) => {
    try {
      return put(request);
    } catch (error) {
      if (error instanceof AwsError) return refusal(error);
      throw error;
    }
  }, now);
  return {
    ...server,
    region,
    credentials,
    published,
    get calls() {
      return state.calls;
    },
    get clockOffsetMs() {
      return state.clockOffsetMs;
    },
    set clockOffsetMs(ms: number) {
      state.clockOffsetMs = ms;
    },
  };
}
