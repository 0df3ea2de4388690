import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Clock } from '@ci-runner/core';

// An import of it evaluates all that it exports, WebSocket and with it undici, which each boot would wait for.
const { createServer } = process.getBuiltinModule('node:http');

/** What {@link createHookServer} needs. */
export interface HookServerDeps {
  readonly clock: Clock;
  /** Called for every report of a job; resolves to the reason why the job must fail. */
  readonly onJobStarted: (workspace: string | undefined) => Promise<string | undefined>;
  /** Called when the last step of a job has ended. */
  readonly onJobCompleted: (workspace: string | undefined) => void;
}

/** Shorter than the script's own limit, so that it asks again instead of giving up. */
const ANSWER_LIMIT_MS = 4_000;
const LONGEST_BODY = 65_536;

const readForm = async (request: IncomingMessage): Promise<URLSearchParams> => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > LONGEST_BODY) throw new Error('the body is too long');
  }
  return new URLSearchParams(text);
};

const send = (response: ServerResponse, status: number, text = ''): void => {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(text);
};

const PENDING = Symbol('pending');

const answer = async (
  request: IncomingMessage,
  response: ServerResponse,
  { clock, onJobStarted, onJobCompleted }: HookServerDeps,
): Promise<void> => {
  const { method, url } = request;
  if (method !== 'POST' || (url !== '/job-started' && url !== '/job-completed')) {
    send(response, 404);
    return;
  }
  const workspace = (await readForm(request)).get('workspace') ?? undefined;
  if (url === '/job-completed') {
    onJobCompleted(workspace);
    send(response, 200);
    return;
  }
  const answered = new AbortController();
  const limit = clock.sleep(ANSWER_LIMIT_MS, answered.signal).then(
    () => PENDING,
    () => PENDING,
  );
  const reason = await Promise.race([onJobStarted(workspace), limit]);
  answered.abort();
  if (reason === PENDING) send(response, 202);
  else if (typeof reason === 'string') send(response, 409, reason);
  else send(response, 200);
};

/**
 * What the job hooks talk to. `POST /job-started` answers 200 when the job may begin, 202 when it is to ask again, and
 * 409 with the reason when the job must fail; `POST /job-completed` answers 200 at once.
 */
export const createHookServer = (deps: HookServerDeps): Server =>
  createServer((request, response) => {
    answer(request, response, deps).catch(() => {
      if (response.headersSent) response.destroy();
      else send(response, 500);
    });
  });
