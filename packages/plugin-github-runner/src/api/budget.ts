import type { AnswerHeaders } from './answer.ts';

/** The account of GitHub's primary rate limit. */
export interface Budget {
  /** Requests in an hour. */
  readonly limit: number;
  readonly remaining: number;
  /** When the hour is over, in milliseconds since the epoch. */
  readonly resetAt: number;
}

const numberOf = (headers: AnswerHeaders, name: string): number | undefined => {
  const text = headers[`x-ratelimit-${name}`];
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
};

/** The account as an answer's headers have it; undefined where there is no limit, or where it is one of special calls. */
export const readBudget = (headers: AnswerHeaders): Budget | undefined => {
  const limit = numberOf(headers, 'limit');
  const remaining = numberOf(headers, 'remaining');
  const reset = numberOf(headers, 'reset');
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined;
  if ((headers['x-ratelimit-resource'] ?? 'core') !== 'core') return undefined;
  return { limit, remaining, resetAt: reset * 1_000 };
};
