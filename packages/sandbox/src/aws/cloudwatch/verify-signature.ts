import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ServedRequest } from '../loopback-server.ts';
import { AwsError } from './aws-error.ts';

/** Who may ask. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Temporary credentials have one. */
  readonly sessionToken?: string;
}

/** What a signature is checked against. */
export interface Authority {
  readonly credentials: AwsCredentials;
  readonly region: string;
  /** The name in the credential scope, such as `monitoring`. */
  readonly service: string;
  /** The server's clock, in milliseconds since the epoch. */
  readonly now: number;
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

const refuse = (code: string, message: string): never => {
  throw new AwsError(code, 403, message);
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
 * @throws AwsError when it is missing, not by these credentials, for another region, or of another time.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function verifySignature(request: ServedRequest, authority: Authority): void {
  const { headers } = request;
  const { credentials, region, service, now } = authority;
  const [, id, date = '', ofRegion, ofService, signed = '', signature = ''] =
    FORM.exec(headers.authorization ?? '') ??
    refuse('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const time = String(headers['x-amz-date'] ?? '');
  if (
    id !== credentials.accessKeyId ||
    headers['x-amz-security-token'] !== credentials.sessionToken
  ) {
    refuse('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  if (ofRegion !== region || ofService !== service || !time.startsWith(date)) {
    refuse('InvalidSignatureException', `Credential should be scoped to ${region}/${service}.`);
  }
  const skew = readTime(time) - now;
  if (!(Math.abs(skew) <= SKEW_MS)) {
    refuse(
      'InvalidSignatureException',
      `Signature expired: ${time} is out of range at ${new Date(now).toISOString()}`,
    );
  }
  const names = new Set(signed.split(';'));
  const unsigned = Object.keys(headers).filter(
    (name) => MUST_BE_SIGNED.test(name) && !names.has(name),
  );
  if (unsigned.length > 0)
    refuse('InvalidSignatureException', `Not signed: ${unsigned.join(', ')}`);
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonicalRequest(request, signed))].join(
    '\n',
  );
  const key = [region, service, 'aws4_request'].reduce<Buffer>(
    (previous, part) => hmac(previous, part),
    hmac(`AWS4${credentials.secretAccessKey}`, date),
  );
  if (!timingSafeEqual(hmac(key, text), Buffer.from(signature, 'hex'))) {
    refuse(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided.',
    );
  }
}
