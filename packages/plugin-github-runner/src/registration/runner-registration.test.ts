import type { Logger } from '@ci-runner/core';
import { expect, it } from 'vitest';
import { simulatedClock } from '../../tests/simulated-clock.ts';
import { scriptedTransport } from '../../tests/scripted-transport.ts';
import { createApiClient } from '../api/client.ts';
import { tokenCredentials } from '../api/credentials/credentials.ts';
import { createRunnersApi, type RunnersApi } from '../api/runners-api.ts';
import { createSend } from '../api/send-request.ts';
import { createRunnerRegistration } from './runner-registration.ts';

const quiet: Logger = { info: () => {}, warn: () => {}, error: () => {}, child: () => quiet };

it('a removal does not ask for the id again that a look has found', async () => {
  const { transport, calls } = scriptedTransport(({ method }) =>
    method === 'DELETE'
      ? { status: 204 }
      : {
          status: 200,
          body: { total_count: 1, runners: [{ id: 7, name: 'ci-runner-1', status: 'online' }] },
        },
  );
  const api = createRunnersApi({
    client: createApiClient({
      send: createSend('https://a.example', transport),
      credentials: tokenCredentials('t'),
    }),
    scope: { kind: 'organization', name: 'octo' },
  });
  const record = createRunnerRegistration('ci-runner-1', {
    api,
    clock: simulatedClock(),
    log: quiet,
  });
  record.beginAttempt();
  expect(await record.look()).toMatchObject({ id: 7, status: 'online' });
  expect(await record.remove({ untilIdle: async () => false, patienceMs: 0 })).toBe(true);
  expect(calls()).toEqual([
    'GET /orgs/octo/actions/runners?name=ci-runner-1',
    'DELETE /orgs/octo/actions/runners/7',
  ]);
});

const answer = { status: 200, headers: {}, message: '', body: undefined };

/** A record of a runner that GitHub does not list, and whether it is over. */
const start = () => {
  const api = { findRunner: async () => ({ outcome: answer, id: null }) } as Partial<RunnersApi>;
  const deps = { api: api as RunnersApi, clock: simulatedClock(), log: quiet };
  const record = createRunnerRegistration('ci-runner-1', deps);
  let isOver = false;
  void record.over.then(() => (isOver = true));
  record.beginAttempt();
  const remove = async (): Promise<boolean> =>
    record.remove({ untilIdle: async () => false, patienceMs: 0 });
  return { record, remove, over: async () => (await Promise.resolve(), isOver) };
};

it('is not over by a removal between two attempts', async () => {
  const { record, remove, over } = start();
  expect(await remove()).toBe(true);
  expect(await over()).toBe(false);
  record.beginAttempt();
  record.endAttempts();
  expect(await over()).toBe(false);
  await remove();
  expect(await over()).toBe(true);
});

it('is over when GitHub itself has removed the runner', async () => {
  const { record, over } = start();
  record.endAttempts();
  expect(await over()).toBe(false);
  record.disown();
  expect(await over()).toBe(true);
});
