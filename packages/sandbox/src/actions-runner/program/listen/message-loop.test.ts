import { expect, test } from 'vitest';
import { scriptedBroker, withoutWaiting } from '../../testing/broker.ts';
import type { ServerAnswer } from '../../testing/servers.ts';
import { recordingTerminal } from '../../testing/terminal.ts';
import { type AccessToken, OAuthError } from '../server/access-token.ts';
import { type LoopEnd, pumpMessages } from './message-loop.ts';

interface Pumping {
  readonly end: LoopEnd | undefined;
  readonly err: string[];
  readonly handled: string[];
  readonly seconds: number;
}

/** Runs the loop until it ends or a message says `stop`. */
async function pump(
  answer: (attempt: number) => ServerAnswer,
  token?: AccessToken,
): Promise<Pumping> {
  const broker = await scriptedBroker(answer, token);
  const terminal = recordingTerminal();
  const stop = new AbortController();
  const handled: string[] = [];
  const source = {
    broker,
    terminal,
    status: () => 'Online' as const,
    statusChange: () => new AbortController().signal,
    stop: stop.signal,
    pollsOnce: false,
    freezes: false,
  };
  const { result, seconds } = await withoutWaiting(() =>
    pumpMessages(source, async ({ messageType }) => {
      handled.push(messageType);
      if (messageType === 'stop') stop.abort();
    }),
  );
  return { end: result, err: terminal.err, handled, seconds };
}

test('the tenth error in a row ends the loop', async () => {
  const { end, err, seconds } = await pump(() => ({ status: 500, body: { errorMessage: 'no' } }));
  expect(end).toEqual({ kind: 'failed', message: 'no', retryable: true });
  expect(err).toEqual(['<time>: Runner connect error: no. Retrying until reconnected.']);
  expect(seconds).toBeGreaterThan(5 * 15 + 4 * 30);
  expect(seconds).toBeLessThan(5 * 30 + 4 * 60);
});

test('polls that succeed in between do not reset the count', async () => {
  const { end, err } = await pump((attempt) => ({ status: attempt % 2 === 0 ? 202 : 500 }));
  expect(end).toMatchObject({ kind: 'failed', retryable: true });
  expect(err).toHaveLength(9);
});

test('a refused token is tried five times in each of ten rounds', async () => {
  let attempts = 0;
  const token = {
    get: () => {
      attempts += 1;
      return Promise.reject(new OAuthError('invalid_client', 'Registration C was not found.'));
    },
    discard: () => {},
  };
  const { end, err, seconds } = await pump(() => ({}), token);
  expect(end).toMatchObject({ kind: 'failed', message: 'Registration C was not found.' });
  expect(err[0]).toContain('Registration C was not found.. Retrying until reconnected.');
  expect(attempts).toBe(50);
  expect(seconds).toBeGreaterThan(5 * 60);
});

test('messages are handled until the stop', async () => {
  const types = ['a', 'b', 'stop', 'late'];
  const { end, handled } = await pump((attempt) => ({
    status: 200,
    body: { messageType: types[attempt - 1], body: '' },
  }));
  expect(end).toBeUndefined();
  expect(handled).toEqual(['a', 'b', 'stop']);
});
