import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { DeletionNotice } from '../github/behaviour.ts';
import type { EmbeddedGitHub } from '../github/embedded-github.ts';
import { writeRunnerKnobs } from './install-actions-runner.ts';
import { eventually, type Program } from './testing/processes.ts';
import {
  busyRunner,
  callApi,
  configure,
  gitHub,
  installedRunner,
  startListener,
} from './testing/runners.ts';

vi.setConfig({ testTimeout: 60_000 });

interface Forgotten {
  readonly root: string;
  readonly server: EmbeddedGitHub;
  readonly listener: Program;
}

/** A Listener in fast time whose registration GitHub forgets in the middle of a poll. */
async function forgotten(notice: DeletionNotice, version = '2.336.0'): Promise<Forgotten> {
  const server = await gitHub();
  const root = await installedRunner({ version, knobs: { timeScale: 0.001 } });
  await configure(root, server);
  const listener = startListener(root);
  await listener.prints('Listening for Jobs');
  await eventually(() => server.requests.some(({ path }) => path === '/_broker/message'));
  server.forgetRunner(server.runners()[0]?.id ?? 0, notice);
  return { root, server, listener };
}

test.concurrent.for<[DeletionNotice, string, number, boolean, RegExp]>([
  ['runner-not-found', '2.336.0', 0, false, /^The runner no longer exists on the server\. Clean/],
  ['runner-not-found', '2.335.9', 1, true, /^An error occurred: The runner was not found\.\n$/],
  ['unauthorized', '2.336.0', 1, true, /^An error occurred: Get next message failed with non-r/],
  [
    'invalid-client',
    '2.336.0',
    2,
    true,
    /^\S+ \S+: Runner connect error: Registration \S+ was not found\.\. Retrying until reconnected\.\nAn error occurred: Registration \S+ was not found\.\n/,
  ],
])('%s, version %s: exit %d', async ([notice, version, code, keepsFiles, stderr]) => {
  const { root, listener } = await forgotten(notice, version);
  expect(await listener.exited).toEqual({ code, signal: null });
  expect(listener.stderr()).toMatch(stderr);
  expect(existsSync(join(root, '.runner'))).toBe(keepsFiles);
  if (!keepsFiles) return;
  const next = startListener(root);
  expect((await next.exited).code).toBe(1);
  expect(next.stderr()).toMatch(/^Failed to create a session\. The runner registration has been d/);
});

test.concurrent('not-medium-trust: the next Listener tries for ever', async () => {
  const { root, server, listener } = await forgotten('not-medium-trust');
  expect((await listener.exited).code).toBe(2);
  await writeRunnerKnobs(root, { timeScale: 0.001 });
  const before = server.requests.length;
  const next = startListener(root);
  await eventually(() => server.requests.length > before + 20);
  expect(next.stderr()).toMatch(
    /^\S+ \S+: Runner connect error: Registration was not found or is not medium trust\. ClientType: Runner\. Retrying until reconnected\.\n$/,
  );
  next.kill('SIGINT');
  expect((await next.exited).code).toBe(0);
});

test.concurrent('a deletion of which only the next access token tells: a job goes on meanwhile', async () => {
  const server = await gitHub({
    pollMs: 100,
    // The stand-in renews a token a minute before its end: this one with every call.
    accessTokenLifetimeMs: 1_000,
    behaviour: { deletesBusy: 1, deletionNotice: 'invalid-client', deletionNoticeMs: 60_000 },
  });
  const { root, completed, listener } = await busyRunner(
    server,
    'while [ ! -e go ]; do sleep 0.1; done',
  );
  await callApi(server, 'DELETE', `actions/runners/${server.runners()[0]?.id}`);
  await eventually(() =>
    server.requests.some(({ path, status }) => path === '/_oauth/token' && status === 400),
  );
  writeFileSync(join(root, '_work/app/app/go'), '');
  expect((await completed).result).toBe('Succeeded');
  await listener.prints('Job job completed with result: Succeeded\n');
});

test.concurrent('a DELETE that succeeds in the middle of a job cancels it', async () => {
  const server = await gitHub({ behaviour: { deletesBusy: 1 } });
  const { root, listener, completed } = await busyRunner(server, 'exec sleep 300');
  const { status } = await callApi(server, 'DELETE', `actions/runners/${server.runners()[0]?.id}`);
  expect(status).toBe(204);
  expect(await listener.exited).toEqual({ code: 0, signal: null });
  expect(listener.stdout()).toContain('Job job completed with result: Canceled\n');
  expect((await completed).result).toBe('Failed');
  expect(existsSync(join(root, '.runner'))).toBe(false);
});
