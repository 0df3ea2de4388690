import { randomUUID } from 'node:crypto';
import type { FaultAnswer } from '../../github/faults/fault-rule.ts';
import { AwsError } from '../aws-error.ts';
import type { ServedAnswer } from '../loopback-server.ts';

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';
const HEADERS = { 'content-type': 'text/xml;charset=UTF-8' };
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A text as it stands in XML. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The answer to an action, with its content, which is XML. */
export function answerXml(action: string, content: string): ServedAnswer {
  const id = `<requestId>${randomUUID()}</requestId>`;
  const body = `${DECLARATION}<${action}Response xmlns="${NAMESPACE}">\n${id}${content}</${action}Response>`;
  return { status: 200, headers: HEADERS, body };
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
export function refusalXml({ code, status, message }: AwsError): ServedAnswer {
  const error = `<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
  const body = `${DECLARATION}<Response><Errors>${error}</Errors><RequestID>${randomUUID()}</RequestID></Response>`;
  return { status, headers: HEADERS, body };
}

/** An answer for a fault: the credentials may not do this. */
export function unauthorizedOperation(): FaultAnswer {
  const message =
    'You are not authorized to perform this operation. User: arn:aws:sts::123456789012:assumed-role/runner/i-0123456789abcdef0 is not authorized to perform this action because no identity-based policy allows it';
  return refusalXml(new AwsError('UnauthorizedOperation', 403, message));
}
