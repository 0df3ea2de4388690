import type { Runner } from '@ci-runner/core';
import type { IncomingMessage } from 'node:http';

/** What the supervisor answers: a status of HTTP, and what is sent as JSON. */
export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The part of a runner that can be controlled. */
export type Controlled = Pick<Runner, 'status' | 'drain'>;

/** The answer to `POST /drain`. */
export interface DrainAnswer {
  /** Whether the drain began with this request; false when it was under way. */
  readonly began: boolean;
}

const DEFAULT_REASON = 'ci-runner drain';
const LONGEST_REASON = 500;
const LONGEST_BODY = 16_384;

const refuse = (status: number, error: string): ControlAnswer => ({ status, body: { error } });

const readBody = async (request: IncomingMessage): Promise<string | undefined> => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > LONGEST_BODY) return undefined;
  }
  return text;
};

/** One line, because it becomes one of the log; undefined where it cannot be told. */
const reasonOf = (text: string): string | undefined => {
  if (text.trim() === '') return DEFAULT_REASON;
  try {
    const { reason } = JSON.parse(text) as { reason?: unknown };
    if (reason === undefined) return DEFAULT_REASON;
    const line = typeof reason === 'string' ? reason.replaceAll(/\p{Cc}+/gu, ' ').trim() : '';
    return line !== '' && line.length <= LONGEST_REASON ? line : undefined;
  } catch {
    return undefined;
  }
};

const drain = async (runner: Controlled, request: IncomingMessage): Promise<ControlAnswer> => {
  const text = await readBody(request);
  if (text === undefined) return refuse(413, `takes a body of at most ${LONGEST_BODY} characters`);
  const reason = reasonOf(text);
  if (reason === undefined) {
    return refuse(400, `reason: takes a text of 1 to ${LONGEST_REASON} characters`);
  }
  return { status: 200, body: { began: runner.drain(reason) } satisfies DrainAnswer };
};

/** `GET /status` answers with the runner's status, and 503 when it is not healthy; `POST /drain` takes `{ reason }`. */
export const answerRequest = async (
  runner: Controlled,
  request: IncomingMessage,
): Promise<ControlAnswer> => {
  switch (`${request.method} ${request.url}`) {
    case 'GET /status': {
      const body = await runner.status();
      return { status: body.healthy ? 200 : 503, body };
    }
    case 'POST /drain':
      return drain(runner, request);
    default:
      return refuse(404, 'takes GET /status and POST /drain');
  }
};
