import type { Answer, Outcome } from './answer.ts';
import type { ApiRequest } from './send-request.ts';

/** Makes repeated GET requests conditional. */
export interface Conditional {
  /** The request with the condition that its answer has changed. */
  prepare(request: ApiRequest): ApiRequest;
  /** The answer, or the one from before after a 304. */
  settle(request: ApiRequest, outcome: Outcome): Outcome;
}

/** Pages of a long list of runners; every one can have 100 of them. */
const KEPT_ANSWERS = 64;

/**
 * Remembers answers by their `ETag`. GitHub's `Cache-Control` is not obeyed: it lets a list of runners be a minute old.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
 */
export const createConditional = (): Conditional => {
  const kept = new Map<string, { readonly tag: string; readonly answer: Answer }>();
  return {
    prepare: (request) => {
      const before = request.method === 'GET' ? kept.get(request.path) : undefined;
      return before ? { ...request, headers: { 'If-None-Match': before.tag } } : request;
    },
    settle: ({ method, path }, outcome) => {
      if (method !== 'GET' || outcome.status === undefined) return outcome;
      if (outcome.status === 304) return kept.get(path)?.answer ?? outcome;
      kept.delete(path);
      const tag = outcome.headers['etag'];
      if (outcome.status !== 200 || tag === undefined) return outcome;
      kept.set(path, { tag, answer: outcome });
      const [oldest] = kept.keys();
      if (kept.size > KEPT_ANSWERS && oldest !== undefined) kept.delete(oldest);
      return outcome;
    },
  };
};
