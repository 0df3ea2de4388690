import type { Answer, Outcome } from './answer.ts';

/** Sends one HTTP request, as `fetch` does. */
export type Transport = (url: string, init: RequestInit) => Promise<Response>;

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

const readAnswer = async (response: Response): Promise<Answer> => {
  const { status, headers } = response;
  const body = parseBody(await response.text());
  return { status, headers, message: messageOf(body), body };
};

/** `fetch failed` alone says nothing: the cause has the code. */
const describeFailure = (error: unknown): string => {
  const { cause, message } = error as Error;
  if (!(cause instanceof Error)) return message;
  return (cause as NodeJS.ErrnoException).code ?? cause.message;
};

/** Makes requests to `api`, the base of a REST API without a slash at its end, and to nobody else. */
export const createSend =
  (api: string, transport: Transport): Send =>
  async ({ method, path, body, headers }, authorization, signal) => {
    const limit = AbortSignal.timeout(REQUEST_LIMIT_MS);
    try {
      const response = await transport(`${api}${path}`, {
        method,
        headers: {
          ...HEADERS,
          ...headers,
          ...(body ? { 'Content-Type': 'application/json' } : {}),
          Authorization: authorization,
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
        // Followed, a 301 would turn a POST into a GET.
        redirect: method === 'GET' || method === 'DELETE' ? 'follow' : 'manual',
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
      return await readAnswer(response);
    } catch (error) {
      signal?.throwIfAborted();
      return { status: undefined, message: describeFailure(error) };
    }
  };
