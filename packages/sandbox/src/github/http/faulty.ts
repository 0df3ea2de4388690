import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, MiddlewareHandler } from 'hono';
import type { RecordedRequest } from '../embedded-github.ts';
import type { DrawnFault } from '../faults/fault-book.ts';
import type { FaultAnswer } from '../faults/fault-rule.ts';
import type { GitHubState } from '../state/github-state.ts';
import { errorBody } from './errors.ts';

interface Env {
  Bindings: HttpBindings;
}

/** Records every request at its arrival, and lets the scripted faults happen to it. */
export function recordedAndFaulty(
  state: GitHubState,
  record: (request: RecordedRequest) => void,
): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { method, path } = c.req;
    const userAgent = c.req.header('user-agent') ?? '';
    const query = new URL(c.req.url).search;
    const request: RecordedRequest = { at: Date.now(), method, path, userAgent, status: undefined };
    record(request);
    const fault = state.faults.draw({ method, path, query, userAgent });
    const answered =
      fault === undefined ? (await next(), true) : await suffer(state, c, fault, next);
    if (answered) request.status = c.res.status;
  };
}

/** Answers whether the client gets an answer. */
async function suffer(
  state: GitHubState,
  c: Context<Env>,
  { delayMs, answerDelayMs, answer }: DrawnFault,
  next: () => Promise<void>,
): Promise<boolean> {
  // Read now: the client may be gone when the work begins, and GitHub would do it all the same.
  await c.req.arrayBuffer();
  await wait(delayMs, state.closing);
  if (answer === 'hang') await until(AbortSignal.any([state.closing, c.req.raw.signal]));
  else if (answer === undefined || answer === 'lose-answer') await next();
  else if (answer !== 'reset') c.res = response(typeof answer === 'function' ? answer() : answer);
  await wait(answerDelayMs, state.closing);
  if (typeof answer !== 'string') return true;
  c.env.incoming.socket.resetAndDestroy();
  c.res = RESPONSE_ALREADY_SENT.clone();
  return false;
}

function response({ status, headers = {}, body }: FaultAnswer): Response {
  const content = body ?? errorBody(status, STATUS_CODES[status] ?? '');
  return new Response(typeof content === 'string' ? content : JSON.stringify(content), {
    status,
    headers: {
      'content-type': typeof content === 'string' ? 'text/html' : 'application/json; charset=utf-8',
      'x-github-request-id': randomUUID(),
      ...headers,
    },
  });
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => {});
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
