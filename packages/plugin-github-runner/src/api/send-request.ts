import type { HttpAnswer } from '@ci-runner/core';
import type { Answer, Outcome } from './answer.ts';
import { followingRedirects, redirectedElsewhere, type Transport } from './redirects.ts';

/** One request to GitHub's REST API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base of the API, with a slash at its start. */
  readonly path: string;
  /** Is sent as JSON. */
  readonly body?: object;
  /** Besides those that every request has. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes a request with this authorization. Never rejects, except with the reason of `signal`. */
export type Send = (
  request: ApiRequest,
  authorization: string,
  signal?: AbortSignal,
) => Promise<Outcome>;

const REQUEST_LIMIT_MS = 20_000;

const HEADERS = {
  Accept: 'application/vnd.github+json',
  'X-GitHub-Api-Version': '2022-11-28',
  'User-Agent': 'ci-runner',
};

const parseBody = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

const messageOf = (body: unknown): string => {
  const { message } = (body ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : '';
};

const readAnswer = (answer: HttpAnswer, api: string): Answer => {
  const { status, headers, body: text } = answer;
  const body = parseBody(text);
  const elsewhere = redirectedElsewhere(answer, api);
  if (elsewhere === undefined) return { status, headers, message: messageOf(body), body };
  const message = `a redirect to ${elsewhere}: set GH_HOST=${elsewhere} if that is your GitHub`;
  return { status, headers, message, body, elsewhere };
};

/** Neither `fetch failed`, whose cause has the code, nor `connect ECONNREFUSED 192.0.2.1:443` is what a user looks for. */
export const describeFailure = (error: unknown): string => {
  const { cause = error } = error as Error;
  const { code, message } = cause as NodeJS.ErrnoException;
  // Only the message says what the proxy has answered.
  return typeof code === 'string' && code !== 'ERR_PROXY_TUNNEL' ? code : message;
};

/** Makes requests to `api`, the base of a REST API without a slash at its end, and to nobody else. */
export const createSend = (api: string, transport: Transport): Send => {
  const sendWithin = followingRedirects(transport);
  return async ({ method, path, body, headers }, authorization, signal) => {
    const limit = AbortSignal.timeout(REQUEST_LIMIT_MS);
    try {
      const answer = await sendWithin(`${api}${path}`, {
        method,
        headers: {
          ...HEADERS,
          ...headers,
          ...(body ? { 'Content-Type': 'application/json' } : {}),
          Authorization: authorization,
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
      return readAnswer(answer, api);
    } catch (error) {
      signal?.throwIfAborted();
      return { status: undefined, message: describeFailure(error) };
    }
  };
};
