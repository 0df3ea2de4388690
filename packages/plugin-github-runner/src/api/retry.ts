import type { Answer, AnswerHeaders, Outcome } from './answer.ts';

/** What the time to wait depends on besides the answer. */
export interface RetryMoment {
  /** How many requests have failed before this one. */
  readonly failures: number;
  /** Milliseconds since the epoch; the answer's own `Date` goes before it. */
  readonly now: number;
  /** From 0 to 1, so that many runners do not come back at the same moment. */
  readonly random: number;
  /**
   * Over how many times the wait that a rate limit asks for the runners spread that come back after it; twice as many
   * after every failure. A quarter of it when absent.
   */
  readonly spread?: number;
}

const SECOND = 1_000;
const LONGEST_BACKOFF_MS = 30 * SECOND;
const LONGEST_SECONDARY_MS = 15 * 60 * SECOND;

const LONGEST_SPREAD_MS = 6 * 60 * SECOND;

/** GitHub asks for at least a minute where it names no time. */
const SECONDARY_LIMIT_MS = 60 * SECOND;

const doubling = (start: number, failures: number, longest: number): number =>
  Math.min(start * 2 ** failures, longest);

/** What the server's clock says: the times that it names are its own, and this machine's clock can be hours off. */
const serverTime = (headers: AnswerHeaders, fallback: number): number => {
  const time = Date.parse(headers['date'] ?? '');
  return Number.isNaN(time) ? fallback : time;
};

/** `retry-after` in milliseconds: seconds, or an HTTP date. */
const retryAfterMs = (headers: AnswerHeaders, now: number): number | undefined => {
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * SECOND : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
};

/** `least` is for a reset that is over while the limit is not. */
const resetMs = (headers: AnswerHeaders, now: number, least: number): number | undefined => {
  const reset = headers['x-ratelimit-reset'];
  if (headers['x-ratelimit-remaining'] !== '0' || reset === undefined) return undefined;
  return Math.max(Number(reset) * SECOND - now, least);
};

/** Whether the request was refused because of its number, not because of its rights. */
export const isRateLimited = ({ status, headers, message }: Answer): boolean =>
  status === 429 ||
  (status === 403 &&
    (headers['retry-after'] !== undefined ||
      headers['x-ratelimit-remaining'] === '0' ||
      /rate limit|abuse/i.test(message)));

/**
 * How long to wait before the same request is made again, in milliseconds; undefined when that makes no sense. What the
 * server asks for is never undercut: the jitter is added to it.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export const retryDelayMs = (
  outcome: Outcome,
  { failures, now, random, spread }: RetryMoment,
): number | undefined => {
  const backoff = doubling(SECOND, failures, LONGEST_BACKOFF_MS) * (0.5 + random / 2);
  if (outcome.status === undefined) return backoff;
  const { headers, status } = outcome;
  const at = serverTime(headers, now);
  if (isRateLimited(outcome)) {
    const asked =
      retryAfterMs(headers, at) ??
      resetMs(headers, at, Math.max(backoff, SECOND)) ??
      doubling(SECONDARY_LIMIT_MS, failures, LONGEST_SECONDARY_MS);
    const within =
      spread === undefined ? asked / 4 : doubling(asked * spread, failures, LONGEST_SPREAD_MS);
    return asked + random * Math.max(within, SECOND);
  }
  if (status < 500 && status !== 408) return undefined;
  return (retryAfterMs(headers, at) ?? 0) + backoff;
};
