import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ServedRequest } from './loopback-server.ts';
import type { AwsError } from './aws-error.ts';
import type { TemporaryCredentials } from './role.ts';

/** Who may ask. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Temporary credentials have one. */
  readonly sessionToken?: string;
}

/** Whose requests are taken where a test names nobody. */
export const SANDBOX_CREDENTIALS: AwsCredentials = {
  accessKeyId: 'AKIASANDBOX000000001',
  secretAccessKey: 'sandbox-secret-access-key',
};

/** What a service answers to a signature that it refuses. */
export interface SignatureRefusals {
  readonly missing: AwsError;
  /** The key is unknown, or its session token is missing. */
  readonly unknown: AwsError;
  /** Temporary credentials have ended. */
  readonly ended: AwsError;
  /** The request is of another time. */
  readonly expired: AwsError;
  /** For another region or service, or wrong. */
  readonly wrong: AwsError;
}

/** What a signature is checked against. */
export interface Authority {
  readonly known: readonly (AwsCredentials & Partial<TemporaryCredentials>)[];
  readonly region: string;
  /** The name in the credential scope, such as `monitoring`. */
  readonly service: string;
  /** The server's clock, in milliseconds since the epoch. */
  readonly now: number;
  readonly refusals: SignatureRefusals;
}

/** How far a request's clock may be off. */
const SKEW_MS = 5 * 60_000;

/** These must be signed where they are sent; the others may be. */
const MUST_BE_SIGNED = /^(?:host|content-type|x-amz-.*)$/;

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([\da-f]{64})$/;

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer =>
  createHmac('sha256', key).update(data).digest();

const readTime = (text: string): number => {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
};

const refuse = (error: AwsError): never => {
  throw error;
};

const canonicalRequest = (
  { method, url, headers, body }: ServedRequest,
  signed: string,
): string => {
  const { pathname, searchParams } = new URL(url, 'http://host');
  searchParams.sort();
  const lines = signed.split(';').map(
    (name) =>
      `${name}:${String(headers[name] ?? '')
        .trim()
        .replaceAll(/\s+/g, ' ')}\n`,
  );
  return [method, pathname, searchParams.toString(), lines.join(''), signed, sha256(body)].join(
    '\n',
  );
};

/**
 * Checks the signature of a request (Signature Version 4).
 *
 * @throws AwsError when it is missing, not by known credentials, by ones that have ended, for another region, or of another time.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function verifySignature(request: ServedRequest, authority: Authority): void {
  const { headers } = request;
  const { known, region, service, now, refusals } = authority;
  const [, id, date = '', ofRegion, ofService, signed = '', signature = ''] =
    FORM.exec(headers.authorization ?? '') ?? refuse(refusals.missing);
  const time = String(headers['x-amz-date'] ?? '');
  const credentials =
    known.find(({ accessKeyId }) => accessKeyId === id) ?? refuse(refusals.unknown);
  if (headers['x-amz-security-token'] !== credentials.sessionToken) refuse(refusals.unknown);
  if ((credentials.expiresAt ?? Infinity) <= now) refuse(refusals.ended);
  if (ofRegion !== region || ofService !== service || !time.startsWith(date)) {
    refuse(refusals.wrong);
  }
  if (!(Math.abs(readTime(time) - now) <= SKEW_MS)) refuse(refusals.expired);
  const names = new Set(signed.split(';'));
  const unsigned = Object.keys(headers).filter(
    (name) => MUST_BE_SIGNED.test(name) && !names.has(name),
  );
  if (unsigned.length > 0) refuse(refusals.wrong);
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonicalRequest(request, signed))].join(
    '\n',
  );
  const key = [region, service, 'aws4_request'].reduce<Buffer>(
    (previous, part) => hmac(previous, part),
    hmac(`AWS4${credentials.secretAccessKey}`, date),
  );
  if (!timingSafeEqual(hmac(key, text), Buffer.from(signature, 'hex'))) refuse(refusals.wrong);
}
