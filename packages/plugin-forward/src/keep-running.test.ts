import type { Clock, Logger } from '@ci-runner/core';
import { describe, expect, it, vi } from 'vitest';
import { keepRunning, type Running } from './keep-running.ts';

const createRig = () => {
  const slept: number[] = [];
  const said: string[] = [];
  const closing = new AbortController();
  let time = 0;
  const clock: Clock = {
    now: () => time,
    sleep: async (ms) => {
      closing.signal.throwIfAborted();
      slept.push(ms);
      time += ms;
    },
  };
  const say = (message: string): void => void said.push(message);
  const log: Logger = { info: say, warn: say, error: say, child: () => log };
  const pass = (ms: number): void => {
    time += ms;
  };
  return { slept, said, closing, pass, context: { clock, log, closing: closing.signal } };
};

const ENDED: Running = { ended: Promise.resolve('by SIGKILL') };
const LIVING: Running = { ended: new Promise(() => {}) };

describe('keepRunning', () => {
  it('starts again at once, then after pauses that double, and says so', async () => {
    const { slept, said, closing, context } = createRig();
    const lives = [ENDED, new Error('no luck'), ENDED, ENDED, LIVING];
    const over = keepRunning(
      'it',
      ENDED,
      async () => {
        const next = lives.shift();
        if (next instanceof Error) throw next;
        return next ?? LIVING;
      },
      context,
    );
    await vi.waitFor(() => expect(lives).toEqual([]));
    closing.abort();
    await over;
    expect(slept).toEqual([0, 100, 200, 400, 800]);
    expect(said[0]).toBe('it ended by SIGKILL; it is started again in 0 ms');
    expect(said).toContain('no luck; the next attempt is in 200 ms');
    expect(said.at(-1)).toBe('it runs again');
  });

  it('starts at once what had lived for long', async () => {
    const { slept, closing, pass, context } = createRig();
    let starts = 0;
    const over = keepRunning(
      'it',
      ENDED,
      async () => {
        starts += 1;
        if (starts === 3) return LIVING;
        pass(starts === 2 ? 60_000 : 0);
        return ENDED;
      },
      context,
    );
    await vi.waitFor(() => expect(starts).toBe(3));
    closing.abort();
    await over;
    expect(slept).toEqual([0, 100, 0]);
  });
});
