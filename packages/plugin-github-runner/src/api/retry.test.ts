import { describe, expect, it } from 'vitest';
import type { Answer } from './answer.ts';
import { isRateLimited, retryDelayMs } from './retry.ts';

const now = Date.parse('2026-01-01T00:00:00Z');

const answer = (status: number, headers: Record<string, string> = {}, message = ''): Answer => ({
  status,
  headers,
  message,
  body: undefined,
});

const delay = (outcome: Parameters<typeof retryDelayMs>[0], failures = 0, random = 0) =>
  retryDelayMs(outcome, { failures, now, random });

describe('retryDelayMs', () => {
  it.each([200, 301, 400, 401, 403, 404, 409, 422])('does not repeat after %i', (status) => {
    expect(delay(answer(status))).toBeUndefined();
  });

  it.each([0, 1, 2, 3])('doubles after network errors and 5xx (failure %i)', (failures) => {
    const noAnswer = { status: undefined, message: 'ECONNREFUSED' } as const;
    expect(delay(noAnswer, failures)).toBe(500 * 2 ** failures);
    expect(delay(answer(502), failures)).toBe(500 * 2 ** failures);
  });

  it('is capped and has jitter', () => {
    expect(delay(answer(500), 30, 0)).toBe(15_000);
    expect(delay(answer(500), 30, 1)).toBe(30_000);
  });

  it.each([403, 429])('obeys retry-after of a %i, in seconds or as a date', (status) => {
    expect(delay(answer(status, { 'retry-after': '7' }))).toBe(7_000);
    expect(delay(answer(status, { 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' }))).toBe(9_000);
  });

  it.each([403, 429])('waits for the reset of an exhausted %i', (status) => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1000 + 90) };
    expect(delay(answer(status, headers))).toBe(90_000);
  });

  it.each([-86_400, 86_400])('takes the times of the server by its own clock (%i s off)', (off) => {
    const theirs = now + off * 1_000;
    const date = new Date(theirs).toUTCString();
    const exhausted = { date, 'x-ratelimit-remaining': '0' };
    const reset = String(theirs / 1_000 + 90);
    expect(delay(answer(403, { ...exhausted, 'x-ratelimit-reset': reset }))).toBe(90_000);
    const after = new Date(theirs + 9_000).toUTCString();
    expect(delay(answer(429, { date, 'retry-after': after }))).toBe(9_000);
    expect(delay(answer(503, { date, 'retry-after': after }))).toBe(9_500);
  });

  it('asks less and less often while the limit stays although its time is over', () => {
    const over = answer(403, {
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(now / 1_000 - 60),
    });
    expect([0, 1, 2, 3, 9].map((failures) => delay(over, failures))).toEqual([
      1_000, 1_000, 2_000, 4_000, 15_000,
    ]);
  });

  it('waits a minute and more where a limit names no time', () => {
    expect(delay(answer(403, {}, 'You have exceeded a secondary rate limit'))).toBe(60_000);
    expect(delay(answer(429), 1)).toBe(120_000);
    expect(delay(answer(429), 20)).toBe(900_000);
  });

  it('adds its jitter to what the server asks for', () => {
    expect(delay(answer(429, { 'retry-after': '100' }), 0, 1)).toBe(125_000);
    expect(delay(answer(429, { 'retry-after': '0' }), 0, 1)).toBe(1_000);
  });
});

const spread = (failures: number, seconds: number) =>
  retryDelayMs(answer(429, { 'retry-after': String(seconds) }), {
    failures,
    now,
    random: 1,
    spread: 5,
  });

describe('the spread of starts', () => {
  it('widens with every failure, up to a limit, and never undercuts what the server asks for', () => {
    expect(spread(0, 10)).toBe(60_000);
    expect(spread(1, 10)).toBe(110_000);
    expect(spread(9, 10)).toBe(370_000);
    expect(spread(0, 3_600)).toBe(3_960_000);
  });
});

describe('isRateLimited', () => {
  it('tells a limit from missing rights', () => {
    expect(isRateLimited(answer(403, {}, 'Resource not accessible by personal access token'))).toBe(
      false,
    );
    expect(isRateLimited(answer(403, { 'x-ratelimit-remaining': '0' }))).toBe(true);
  });
});
