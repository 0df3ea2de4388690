import type { FaultAnswer } from '../github/faults/fault-rule.ts';
import type { ServedAnswer } from './loopback-server.ts';

/** Why a service refuses a request. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** What stands before the service names its errors so. */
const FRONT = 'com.amazon.coral.service';
const SERVICE = 'com.amazonaws.cloudwatch.v2010_08_01';

/**
 * The codes that the query protocol has for the same: CloudWatch has spoken that first, and tells them for the clients of
 * then. The SDK takes its error's name from them.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html
 */
const QUERY_CODES: Readonly<Record<string, { code: string; by: string }>> = {
  AccessDeniedException: { code: 'AccessDenied', by: FRONT },
  ExpiredTokenException: { code: 'ExpiredToken', by: FRONT },
  InvalidParameterValueException: { code: 'InvalidParameterValue', by: SERVICE },
  InvalidSignatureException: { code: 'SignatureDoesNotMatch', by: FRONT },
  MissingAuthenticationTokenException: { code: 'MissingAuthenticationToken', by: FRONT },
  MissingRequiredParameterException: { code: 'MissingParameter', by: SERVICE },
  ThrottlingException: { code: 'Throttling', by: FRONT },
  UnrecognizedClientException: { code: 'InvalidClientTokenId', by: FRONT },
};

/**
 * A refusal in the manner of the AWS JSON protocol, with the code of the query protocol beside it.
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#awsquerycompatible-trait
 */
export function refusal({ code, status, message }: AwsError): ServedAnswer {
  const { code: queryCode, by } = QUERY_CODES[code] ?? { code, by: FRONT };
  return {
    status,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-query-error': `${queryCode};${status < 500 ? 'Sender' : 'Receiver'}`,
    },
    body: JSON.stringify({ __type: `${by}#${code}`, message }),
  };
}

/** An answer for a fault: too many requests. */
export function throttled(): FaultAnswer {
  return refusal(new AwsError('ThrottlingException', 400, 'Rate exceeded'));
}

/** An answer for a fault: the credentials may not do this. */
export function accessDenied(): FaultAnswer {
  const message =
    'User: arn:aws:sts::123456789012:assumed-role/runner/i-0123456789abcdef0 is not authorized to perform: cloudwatch:PutMetricData';
  return refusal(new AwsError('AccessDeniedException', 403, message));
}
