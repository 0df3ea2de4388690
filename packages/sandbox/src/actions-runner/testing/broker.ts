import { vi } from 'vitest';
import type { AccessToken } from '../program/server/access-token.ts';
import { type Broker, createBroker } from '../program/server/broker.ts';
import { createServiceCall } from '../program/server/service-client.ts';
import { type ServerAnswer, startServer } from './servers.ts';

const someToken: AccessToken = { get: () => Promise.resolve('T'), discard: () => {} };

/** A broker client whose requests get the answers of a script; the first one is number 1. */
export async function scriptedBroker(
  answer: (attempt: number) => ServerAnswer,
  token: AccessToken = someToken,
): Promise<Broker> {
  const server = await startServer(() => answer(server.requests.length));
  const settings = {
    agentId: 1,
    agentName: 'one',
    disableUpdate: false,
    ephemeral: false,
    gitHubUrl: `${server.url}/octo/app`,
    serverUrlV2: `${server.url}/_broker/`,
    workFolder: '_work',
  };
  return createBroker(createServiceCall(token), settings, { version: '1', host: 'h' });
}

/** Runs work with a clock that jumps to the next timer whenever there is one. Answers how long it thinks it took. */
export async function withoutWaiting<T>(
  work: () => Promise<T>,
): Promise<{ result: T; seconds: number }> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  try {
    const start = Date.now();
    const state = { ended: false };
    const running = work().finally(() => (state.ended = true));
    while (!state.ended) {
      if (vi.getTimerCount() > 0) await vi.advanceTimersToNextTimerAsync();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { result: await running, seconds: (Date.now() - start) / 1000 };
  } finally {
    vi.useRealTimers();
  }
}
