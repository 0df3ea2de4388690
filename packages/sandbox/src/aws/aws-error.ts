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

/**
 * A refusal in the manner of the AWS JSON protocol, with the code of the query protocol beside it.
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
 */
export function refusal({ code, status, message }: AwsError): ServedAnswer {
  return {
    status,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-query-error': `${code};${status < 500 ? 'Sender' : 'Receiver'}`,
    },
    body: JSON.stringify({ __type: `com.amazonaws.cloudwatch#${code}`, message }),
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
