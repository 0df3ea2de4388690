import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { eventually, type Program } from './testing/processes.ts';
import { runnerOf, startListener, temporaryDirectory, waitForFile } from './testing/runners.ts';
import { type ServerAnswer, startServer, type TestServer } from './testing/servers.ts';

vi.setConfig({ testTimeout: 60_000 });

interface Step {
  readonly name: string;
  readonly run: string;
  readonly condition?: string;
}

interface CancelledJob {
  readonly server: TestServer;
  readonly listener: Program;
  readonly root: string;
  readonly cancel: () => void;
  /** Answers a poll. */
  readonly send: (answer: ServerAnswer) => void;
}

/** A runner in the middle of a job, at a server from which the job can be cancelled. */
async function busyRunner(steps: Step[], env: Record<string, string> = {}): Promise<CancelledJob> {
  const job = {
    jobId: 'J',
    planId: 'P',
    jobDisplayName: 'job',
    variables: { secret: { value: 'hidden-value', isSecret: true } },
    env: {},
    github: { repository: 'octo/app', event: {} },
    steps: steps.map(({ condition = 'success()', ...step }) => ({
      id: step.name,
      env: {},
      condition,
      ...step,
    })),
  };
  // Polls are answered in their turn.
  const messages: ServerAnswer[] = [];
  const answers: Record<string, ServerAnswer> = {
    'POST /_oauth/token': { status: 200, body: { access_token: 'T', expires_in: 3600 } },
    'POST /_broker/session': { status: 200 },
    'DELETE /_broker/session': { status: 200 },
    'POST /_broker/acknowledge': { status: 200 },
    'POST /_run/acquirejob': { status: 200, body: job },
    'POST /_run/renewjob': { status: 200 },
    'POST /_run/log': { status: 204 },
    'POST /_run/completejob': { status: 204 },
  };
  const server = await startServer(({ method, path }) => {
    const name = `${method} ${path.split('?')[0]}`;
    return answers[name] ?? messages.shift() ?? { status: 202, delayMs: 100 };
  });
  const root = await runnerOf(server);
  const runService = { runner_request_id: 'R', run_service_url: `${server.url}/_run/` };
  messages.push(message('RunnerJobRequest', runService));
  const listener = startListener(root, { env });
  return {
    server,
    listener,
    root,
    cancel: () => {
      for (const jobId of ['another', 'J']) {
        messages.push(message('JobCancellation', { jobId, timeout: '00:05:00' }));
      }
    },
    send: (answer) => messages.push(answer),
  };
}

function message(messageType: string, body: object): ServerAnswer {
  return { status: 200, body: { messageType, body: JSON.stringify(body) } };
}

function bodies(server: TestServer, path: string): Record<string, unknown>[] {
  return server.requests
    .filter((request) => request.path === path)
    .map(({ body }) => JSON.parse(body) as Record<string, unknown>);
}

test.concurrent('a user’s cancellation runs what always runs, the completed hook included', async () => {
  const folder = temporaryDirectory();
  const hook = join(folder, 'hook.sh');
  writeFileSync(hook, `touch ${folder}/hook`);
  const { server, listener, cancel } = await busyRunner(
    [
      { name: 'runs', run: `touch ${folder}/started; exec sleep 300` },
      { name: 'default', run: 'true' },
      { name: 'failure', run: 'true', condition: 'failure()' },
      { name: 'cancelled', run: 'true', condition: 'cancelled()' },
      { name: 'always', run: 'echo hidden-value', condition: 'always()' },
    ],
    { ACTIONS_RUNNER_HOOK_JOB_COMPLETED: hook },
  );
  await waitForFile(join(folder, 'started'));
  cancel();
  await listener.prints('Job job completed with result: Canceled\n');
  const [completion] = bodies(server, '/_run/completejob');
  expect(completion).toMatchObject({
    conclusion: 'canceled',
    stepResults: [
      { name: 'Set up job', conclusion: 'succeeded' },
      { name: 'runs', conclusion: 'canceled', exitCode: 130 },
      { name: 'default', conclusion: 'skipped' },
      { name: 'failure', conclusion: 'skipped' },
      { name: 'cancelled', conclusion: 'succeeded' },
      { name: 'always', conclusion: 'succeeded' },
      { name: 'Complete runner', conclusion: 'succeeded' },
      { name: 'Complete job', conclusion: 'succeeded' },
    ],
  });
  expect(existsSync(join(folder, 'hook'))).toBe(true);
  const lines = bodies(server, '/_run/log').flatMap(({ lines: sent }) => sent);
  expect(lines).toEqual(['##[error]The operation was canceled.', '***']);
});

test.concurrent('a step that always runs is not interrupted by a user', async () => {
  const folder = temporaryDirectory();
  const run = `touch ${folder}/started; while [ ! -e ${folder}/go ]; do sleep 0.1; done`;
  const { server, listener, root, cancel } = await busyRunner([
    { name: 'always', run, condition: 'always()' },
  ]);
  await waitForFile(join(folder, 'started'));
  cancel();
  const polls = (): number =>
    server.requests.filter(({ path }) => path.startsWith('/_broker/message')).length;
  const before = polls();
  // Both cancellations are answers to polls; the one after them shows that they were taken.
  await eventually(() => polls() > before + 3);
  writeFileSync(join(folder, 'go'), '');
  await listener.prints('Job job completed with result: Canceled\n');
  expect(bodies(server, '/_run/completejob')[0]).toMatchObject({
    conclusion: 'canceled',
    stepResults: [{}, { name: 'always', conclusion: 'succeeded', exitCode: 0 }, {}],
  });
  expect(existsSync(join(root, '.runner'))).toBe(true);
});

test.concurrent('a broker that forgets a busy runner cancels its job and ends the Listener', async () => {
  const folder = temporaryDirectory();
  const { listener, root, send } = await busyRunner([
    { name: 'runs', run: `touch ${folder}/started; exec sleep 300` },
  ]);
  await waitForFile(join(folder, 'started'));
  send({ status: 404, body: { errorKind: 'RunnerNotFound', errorMessage: 'gone' } });
  expect((await listener.exited).code).toBe(0);
  expect(listener.stdout()).toMatch(
    /Job job completed with result: Canceled\n√ Removed \.credentials\n√ Removed \.runner\n$/,
  );
  expect(existsSync(join(root, '.runner'))).toBe(false);
});
