import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { EmbeddedGitHub } from '../github/embedded-github.ts';
import { writeRunnerKnobs } from './install-actions-runner.ts';
import { eventually } from './testing/processes.ts';
import {
  gitHub,
  listeningRunner,
  registeredRunner,
  startListener,
  waitForFile,
} from './testing/runners.ts';

vi.setConfig({ testTimeout: 60_000 });

const untilGo = ': >started; while [ ! -e go ]; do sleep 0.1; done';

/** The path of a file in the workspace of the runner's jobs. */
const inWorkspace = (root: string, name: string): string => join(root, '_work/app/app', name);

const idOf = (server: EmbeddedGitHub): number => server.runners()[0]?.id ?? 0;

test.concurrent('a user cancels a job: steps that always run still do', async () => {
  const server = await gitHub();
  const { root, listener } = await listeningRunner(server);
  const job = server.queueJob({
    name: 'job',
    labels: [],
    steps: [{ run: ': >started; exec sleep 300' }, { run: 'echo still', if: 'always()' }],
  });
  await waitForFile(inWorkspace(root, 'started'));
  job.cancel();
  const report = await job.completed;
  expect(report).toMatchObject({ result: 'Canceled', runnerName: 'one' });
  expect(report.log).toContain('still');
  await listener.prints('Job job completed with result: Canceled\n');
  expect(server.runners()).toMatchObject([{ busy: false }]);
});

test.concurrent('a job that waits is cancelled or given up at once', async () => {
  const server = await gitHub();
  const [one, two] = ['one', 'two'].map((name) =>
    server.queueJob({ name, labels: ['nobody'], steps: [] }),
  );
  one?.cancel();
  two?.abandon();
  expect(await one?.completed).toMatchObject({ result: 'Canceled', runnerName: '' });
  expect(await two?.completed).toMatchObject({ result: 'Abandoned', runnerName: '' });
  await expect(one?.acquired).rejects.toThrow('Job "one" has ended.');
  one?.cancel();
});

test.concurrent('a job that GitHub gives up is abandoned at the next renewal', async () => {
  const server = await gitHub();
  const root = await registeredRunner(server);
  await writeRunnerKnobs(root, { timeScale: 0.01 });
  const listener = startListener(root);
  const job = server.queueJob({ name: 'job', labels: [], steps: [{ run: untilGo }] });
  await waitForFile(inWorkspace(root, 'started'));
  job.abandon();
  expect((await job.completed).result).toBe('Abandoned');
  await listener.prints('Job job completed with result: Abandoned\n');
});

test.concurrent('a second job for a busy runner waits for the end of the first', async () => {
  const server = await gitHub();
  const { root, listener } = await listeningRunner(server);
  const first = server.queueJob({ name: 'first', labels: [], steps: [{ run: untilGo }] });
  await waitForFile(inWorkspace(root, 'started'));
  const polls = (): number =>
    server.requests.filter(({ path }) => path === '/_broker/message').length;
  const before = polls();
  const second = server.queueJob({
    name: 'second',
    labels: ['what-nobody-has'],
    steps: [{ run: 'echo second' }],
    pushTo: idOf(server),
  });
  await eventually(() =>
    server.requests.every(
      ({ path, status }) => path !== '/_broker/message' || status !== undefined,
    ),
  );
  expect(polls()).toBe(before);
  expect(listener.stdout()).not.toContain('Running job: second');
  writeFileSync(inWorkspace(root, 'go'), '');
  expect((await first.completed).result).toBe('Succeeded');
  expect((await second.completed).log).toEqual(['second']);
});

test.concurrent.for([
  [undefined, 1],
  ['1', 7],
  ['true', 7],
] as const)(
  'a version that is too old, asked for its own code with %s, ends with %d',
  async ([asked, code]) => {
    const server = await gitHub({ behaviour: { oldestVersion: '2.400.0' } });
    const env = { ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE: asked };
    const { root, listener } = await listeningRunner(server, [], { env });
    expect(await listener.exited).toEqual({ code, signal: null });
    expect(listener.stderr()).toBe(
      'An error occurred: Runner version v2.336.0 is deprecated and cannot receive messages.\n',
    );
    expect(existsSync(join(root, '.runner'))).toBe(true);
  },
);
