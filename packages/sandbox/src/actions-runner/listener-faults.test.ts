import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { runProgram } from './testing/processes.ts';
import { runnerOf, startListener } from './testing/runners.ts';
import {
  type ServerAnswer,
  type ServerRequest,
  startServer,
  type TestServer,
} from './testing/servers.ts';

vi.setConfig({ testTimeout: 60_000 });

const GONE = {
  source: 'actions-broker-listener',
  errorKind: 'RunnerNotFound',
  statusCode: 404,
  errorMessage: 'Runner not found',
};

type Answers = Readonly<Record<string, ServerAnswer>>;

/** A broker that is fine but for the given answers, which are found by method and path. */
function broker(answers: Answers): Promise<TestServer> {
  const fine: Answers = {
    'POST /_oauth/token': { status: 200, body: { access_token: 'T', expires_in: 3600 } },
    'POST /_broker/session': { status: 200, body: {} },
    'DELETE /_broker/session': { status: 200 },
  };
  return startServer(({ method, path }: ServerRequest) => {
    const name = `${method} ${path.split('?')[0]}`;
    return answers[name] ?? fine[name] ?? {};
  });
}

const jobRequest = (url: string): ServerAnswer => ({
  status: 200,
  body: {
    messageType: 'RunnerJobRequest',
    body: JSON.stringify({ runner_request_id: 'R', run_service_url: `${url}/_run/` }),
  },
});

test.concurrent.for<[string, Answers, number, string]>([
  [
    'a session refused because the runner is gone',
    { 'POST /_broker/session': { status: 404, body: GONE } },
    1,
    'The runner no longer exists on the server. Please reconfigure the runner.\nFailed to create session. Runner not found\n',
  ],
  [
    'a session that is forbidden',
    { 'POST /_broker/session': { status: 403 } },
    1,
    'Failed to create session. Error: Forbidden\n',
  ],
  [
    'a poll that stays unauthorized with a new token',
    { 'GET /_broker/message': { status: 401 } },
    1,
    'An error occurred: Get next message failed with non-retryable error.\n',
  ],
])('%s', async ([, answers, code, stderr]) => {
  const server = await broker(answers);
  const root = await runnerOf(server);
  const outcome = await runProgram(join(root, 'bin/Runner.Listener'), ['run']);
  expect(outcome).toMatchObject({ code, stderr });
  expect(existsSync(join(root, '.runner'))).toBe(true);
});

test.concurrent('a 401 is met with a new token first', async () => {
  const server = await broker({ 'GET /_broker/message': { status: 401 } });
  const root = await runnerOf(server);
  await runProgram(join(root, 'bin/Runner.Listener'), ['run']);
  const paths = server.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
  expect(paths.filter((path) => path === 'POST /_oauth/token')).toHaveLength(2);
  expect(paths.filter((path) => path === 'GET /_broker/message')).toHaveLength(2);
});

test.concurrent.for([
  [{}, 2, 'An error occurred: Failed to delete broker session: Runner not found\n'],
  [{ ephemeral: true }, 0, ''],
] as const)('a session that cannot be deleted, settings %o', async ([settings, code, stderr]) => {
  const server = await broker({ 'DELETE /_broker/session': { status: 404, body: GONE } });
  const root = await runnerOf(server, settings);
  const listener = startListener(root);
  await listener.prints('Listening for Jobs');
  listener.kill('SIGINT');
  expect((await listener.exited).code).toBe(code);
  expect(listener.stderr()).toBe(stderr);
});

test.concurrent.for([
  [{}, 'false'],
  [{ disableUpdate: true }, 'true'],
] as const)('a poll says whether updates are disabled, settings %o', async ([settings, said]) => {
  const server = await broker({ 'GET /_broker/message': { status: 401 } });
  const root = await runnerOf(server, settings);
  await runProgram(join(root, 'bin/Runner.Listener'), ['run']);
  const poll = server.requests.find(({ path }) => path.startsWith('/_broker/message?'));
  expect(new URL(poll?.path ?? '', server.url).searchParams.get('disableUpdate')).toBe(said);
});

test.concurrent('a connection that fails is reported once', async () => {
  const server = await broker({
    'POST /_oauth/token': {
      status: 400,
      body: { error: 'other', error_description: 'is not medium trust' },
    },
  });
  const listener = startListener(await runnerOf(server));
  await listener.printsError(
    'Runner connect error: is not medium trust. Retrying until reconnected.\n',
  );
  listener.kill('SIGINT');
  expect((await listener.exited).code).toBe(0);
});

test.concurrent('an ephemeral runner whose job was withdrawn ends with 0 and cleans up', async () => {
  const answers: Record<string, ServerAnswer> = {
    'POST /_broker/acknowledge': { status: 404, body: { errorKind: 'Gone' } },
  };
  const server = await broker(answers);
  answers['GET /_broker/message'] = jobRequest(server.url);
  const root = await runnerOf(server, { ephemeral: true });
  const outcome = await runProgram(join(root, 'bin/Runner.Listener'), ['run']);
  expect(outcome.code).toBe(0);
  expect(outcome.stdout).toMatch(/√ Removed \.credentials\n√ Removed \.runner\n$/);
  expect(existsSync(join(root, '.runner'))).toBe(false);
});

test.concurrent('a job whose lock cannot be taken is announced and never completed', async () => {
  const answers: Record<string, ServerAnswer> = {
    'POST /_broker/acknowledge': { status: 200 },
    'POST /_run/renewjob': { status: 404, body: {} },
    'POST /_run/acquirejob': {
      status: 200,
      body: { jobId: 'J', planId: 'P', jobDisplayName: 'lost' },
    },
  };
  const server = await broker(answers);
  answers['GET /_broker/message'] = jobRequest(server.url);
  const root = await runnerOf(server, { ephemeral: true });
  const outcome = await runProgram(join(root, 'bin/Runner.Listener'), ['run']);
  expect(outcome.stdout).toContain(': Running job: lost\n');
  expect(outcome.stdout).not.toContain('completed with result');
});
