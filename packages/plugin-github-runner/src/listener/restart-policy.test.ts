import { describe, expect, it } from 'vitest';
import { createRestartPolicy, type Decision, type SessionEnd } from './restart-policy.ts';

const end = (code: number, proven = false): SessionEnd => ({
  code,
  signal: null,
  lines: [],
  proven,
  reason: `it ended with code ${code}`,
});

const policy = (random = 1): ((one: SessionEnd) => Decision) => {
  const made = createRestartPolicy(() => random);
  return (one) => made.decide(one);
};

describe('a restart', () => {
  it('comes later each time, up to five minutes, and not after the tenth failure', () => {
    const decide = policy();
    const delays = Array.from({ length: 10 }, () => decide(end(2)).delayMs / 1_000);
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    expect(() => decide(end(2))).toThrow(
      expect.objectContaining({
        code: 'RUNNER_ENDED',
        message: expect.stringContaining('10 times in a row; at last it ended with code 2'),
      }),
    );
  });

  it('comes soon after a session that worked', () => {
    const decide = policy();
    for (let failure = 0; failure < 9; failure += 1) decide(end(2));
    expect(decide(end(2, true)).delayMs).toBe(1_000);
    expect(decide(end(2)).delayMs).toBe(2_000);
  });

  it('is spread over time', () => {
    expect(policy(0)(end(2)).delayMs).toBe(500);
  });
});

it('a Listener that was stopped without ever having had a session is registered anew', () => {
  const verdict = { next: 'serve', why: 'GitHub has not heard of it for long' } as const;
  expect(policy()({ ...end(0), verdict })).toMatchObject({ next: 'register' });
  expect(policy()({ ...end(0, true), verdict })).toMatchObject({ next: 'serve' });
});

describe('a session conflict', () => {
  it('is waited out twice, then the runner gets a new name', () => {
    const decide = policy();
    expect(decide(end(5))).toMatchObject({ next: 'serve', delayMs: 37_500 });
    expect(decide(end(5))).toMatchObject({ next: 'serve', delayMs: 37_500 });
    expect(decide(end(5))).toMatchObject({ next: 'register' });
  });
});

describe('a version that GitHub calls deprecated', () => {
  it('is tried again three times, because GitHub can be mistaken', () => {
    const decide = policy();
    for (const minutes of [1.25, 6.25, 18.75]) {
      expect(decide(end(7))).toMatchObject({ next: 'serve', delayMs: minutes * 60_000 });
    }
    expect(() => decide(end(7))).toThrow(expect.objectContaining({ code: 'RUNNER_OUTDATED' }));
  });

  it('is forgotten after another end', () => {
    const decide = policy();
    for (let refusal = 0; refusal < 3; refusal += 1) decide(end(7));
    decide(end(2, true));
    expect(decide(end(7)).next).toBe('serve');
  });
});

it('what no repetition mends ends the run at once', () => {
  const denied = { ...end(1), lines: ["An error occurred: Access to the path '/w' is denied."] };
  expect(() => policy()(denied)).toThrow(expect.objectContaining({ code: 'PROCESS_FAILED' }));
});
