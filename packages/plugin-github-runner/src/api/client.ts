import type { Clock } from '@ci-runner/core';
import { retryDelayMs, type Answer, type NoAnswer } from './retry.ts';

/** Makes single requests to GitHub's REST API. */
export interface ApiClient {
  /** Never rejects, except with the reason of `signal`. */
  request(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    signal?: AbortSignal,
  ): Promise<Answer | NoAnswer>;
}

/** The settings of {@link createApiClient}. */
export interface ApiClientOptions {
  /** The base of the REST API, without a slash at the end. */
  readonly api: string;
  readonly token: string;
}

const REQUEST_LIMIT_MS = 20_000;

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

/** `fetch failed` alone says nothing: the cause has the code. */
export const describeFailure = (error: unknown): string => {
  const { cause, message } = error as Error;
  if (!(cause instanceof Error)) return message;
  return (cause as NodeJS.ErrnoException).code ?? cause.message;
};

/** Makes a client that sends `token` to `api` and to nobody else. */
export const createApiClient = ({ api, token }: ApiClientOptions): ApiClient => {
  const headers = {
    Authorization: `Bearer ${token}`,
    Accept: 'application/vnd.github+json',
    'X-GitHub-Api-Version': '2022-11-28',
    'User-Agent': 'ci-runner',
  };
  return {
    request: async (method, path, signal) => {
      const limit = AbortSignal.timeout(REQUEST_LIMIT_MS);
      try {
        const response = await fetch(`${api}${path}`, {
          method,
          headers,
          // Followed, a 301 would turn a POST into a GET.
          redirect: method === 'POST' ? 'manual' : 'follow',
          signal: signal ? AbortSignal.any([signal, limit]) : limit,
        });
        const body = parseBody(await response.text());
        return {
          status: response.status,
          headers: response.headers,
          message: messageOf(body),
          body,
        };
      } catch (error) {
        signal?.throwIfAborted();
        return { status: undefined, message: describeFailure(error) };
      }
    },
  };
};

/** How long and with what {@link requestPatiently} tries. */
export interface Patience {
  readonly clock: Clock;
  /** No new attempt begins after this time, in milliseconds. */
  readonly limitMs: number;
  readonly signal?: AbortSignal;
  /** Is told of every failed attempt that is followed by another. */
  readonly onRetry: (outcome: Answer | NoAnswer, delayMs: number) => void;
}

/** Makes a request until it has an answer that repeating would not change, or until the limit; then the last attempt. */
export const requestPatiently = async <Attempt extends { readonly outcome: Answer | NoAnswer }>(
  makeAttempt: () => Promise<Attempt>,
  { clock, limitMs, signal, onRetry }: Patience,
): Promise<Attempt> => {
  const end = clock.now() + limitMs;
  for (let failures = 0; ; failures += 1) {
    const attempt = await makeAttempt();
    const { outcome } = attempt;
    const delay = retryDelayMs(outcome, { failures, now: clock.now(), random: Math.random() });
    if (delay === undefined || clock.now() + delay > end) return attempt;
    onRetry(outcome, delay);
    await clock.sleep(delay, signal);
  }
};

/** `422 Validation Failed`, or what kept an answer from coming. */
export const describeOutcome = ({ status, message }: Answer | NoAnswer): string =>
  status === undefined ? `no answer (${message})` : `${status} ${message}`.trim();
