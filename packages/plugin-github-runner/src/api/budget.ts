/** The account of GitHub's primary rate limit. */
export interface Budget {
  /** Requests in an hour. */
  readonly limit: number;
  readonly remaining: number;
  /** When the hour is over, in milliseconds since the epoch. */
  readonly resetAt: number;
}

const numberOf = (headers: Headers, name: string): number | undefined => {
  const text = headers.get(`x-ratelimit-${name}`);
  return text === null || !/^\d+$/.test(text) ? undefined : Number(text);
};

/** The account as an answer's headers have it; undefined where there is no limit, or where it is one of special calls. */
export const readBudget = (headers: Headers): Budget | undefined => {
  const limit = numberOf(headers, 'limit');
  const remaining = numberOf(headers, 'remaining');
  const reset = numberOf(headers, 'reset');
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined;
  if ((headers.get('x-ratelimit-resource') ?? 'core') !== 'core') return undefined;
  return { limit, remaining, resetAt: reset * 1_000 };
};
