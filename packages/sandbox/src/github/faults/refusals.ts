import type { FaultAnswer } from './fault-rule.ts';

/** How {@link rateLimited} refuses. */
export interface RateLimitRefusal {
  /** GitHub uses both. Default: 403. */
  status?: 403 | 429;
  /**
   * - `primary`: the budget of an hour is used up: `x-ratelimit-remaining: 0` and `x-ratelimit-reset`
   * - `secondary`: too much at once: `retry-after`
   * - `secondary-bare`: the same without any header, told by its text alone
   */
  kind: 'primary' | 'secondary' | 'secondary-bare';
  /** When to come back, in seconds from the answer on. Not said by `secondary-bare`. Default: 60. */
  afterS?: number;
}

const documentation =
  'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api';

const messages = {
  primary:
    'API rate limit exceeded for user ID 1. If you reach out to GitHub Support for help, please include the request ID.',
  secondary:
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
};

/** An answer for {@link FaultRule.answer}: GitHub refuses because of a rate limit, in one of its styles. */
export function rateLimited({
  kind,
  status = 403,
  afterS = 60,
}: RateLimitRefusal): () => FaultAnswer {
  return () => ({
    status,
    headers: headersOf(kind, afterS),
    body: {
      message: kind === 'primary' ? messages.primary : messages.secondary,
      documentation_url: documentation,
      status: String(status),
    },
  });
}

function headersOf(kind: RateLimitRefusal['kind'], afterS: number): Record<string, string> {
  if (kind === 'secondary-bare') return {};
  if (kind === 'secondary') return { 'retry-after': String(afterS) };
  return {
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-used': '5000',
    'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + afterS),
    'x-ratelimit-resource': 'core',
  };
}
