import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, Drained, Logger, ProcessExit } from '@ci-runner/core';
import { expect, it, onTestFinished } from 'vitest';
import { simulatedClock } from '../../tests/simulated-clock.ts';
import { createApiClient } from '../api/client.ts';
import { createRunnersApi } from '../api/runners-api.ts';
import { startGitHub, type EmbeddedGitHub } from '@ci-runner/sandbox';
import type { Listener } from '../listener/listener.ts';
import { createRunnerRegistration } from '../registration/runner-registration.ts';
import { drainRunner } from './drain-runner.ts';

/** A limit that can be called off never comes; every other sleep takes no time. */
const limitlessClock = (): Clock => {
  const clock = simulatedClock();
  return {
    now: () => clock.now(),
    sleep: async (ms, signal) => {
      if (!signal) return clock.sleep(ms);
      await once(signal, 'abort');
      throw signal.reason;
    },
  };
};

/** A program that a SIGINT ends at once, as the Listener before it has a handler. */
const startUnhandled = async (): Promise<Listener> => {
  const child = spawn('sleep', ['600']);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  return {
    exited,
    ended: exited.then(() => 'ended'),
    workerAlive: async () => false,
    interrupt: () => void child.kill('SIGINT'),
    killGroup: () => void child.kill('SIGKILL'),
  };
};

interface Outcome {
  readonly drained: Drained;
  readonly minutes: number;
  readonly lines: string[];
  readonly events: unknown[];
  readonly exit: ProcessExit;
}

const drain = async (github: EmbeddedGitHub, repository: string, token: string) => {
  const lines: string[] = [];
  const events: unknown[] = [];
  const write = (message: string, fields?: Readonly<Record<string, unknown>>): void => {
    lines.push(message);
    if (fields?.['event'] !== undefined) events.push(fields['event']);
  };
  const log: Logger = { info: write, warn: write, error: write, child: () => log };
  const clock = limitlessClock();
  const client = createApiClient({ api: `${github.url}/api/v3`, token });
  const record = createRunnerRegistration('ci-runner-1', {
    api: createRunnersApi({ client, clock, log, repository }),
    clock,
    log,
  });
  record.beginAttempt();
  const listener = await startUnhandled();
  const directory = await mkdtemp(join(tmpdir(), 'drain-runner-'));
  onTestFinished(async () => rm(directory, { recursive: true }));
  const drained = await drainRunner(
    {
      record,
      directory,
      serving: { listener, tracker: { job: undefined, settled: async () => {} } },
    },
    {
      clock,
      log,
      reason: 'SIGTERM',
      delaySeconds: 0,
      patienceMs: 70 * 60_000,
      deregistering: async () => {},
    },
  );
  const exit = await listener.exited;
  const outcome: Outcome = { drained, lines, events, exit, minutes: clock.now() / 60_000 };
  return outcome;
};

const startSandbox = async (): Promise<EmbeddedGitHub> => {
  const github = await startGitHub();
  onTestFinished(async () => github.close());
  return github;
};

it.each([
  ['the token was revoked', 'octo/app', 'ghp_revoked', '401'],
  ['the token has lost its access', 'octo/other', undefined, '404'],
])('stops the idle Listener soon when %s', async (_what, repository, token, status) => {
  const github = await startSandbox();
  const outcome = await drain(github, repository, token ?? github.token);
  expect(outcome.drained).toMatchObject({ deregistered: false });
  expect(outcome.minutes).toBeLessThanOrEqual(3);
  expect(outcome.exit.signal).toBe('SIGINT');
  expect(outcome.events).toEqual(['drained']);
  const text = outcome.lines.join('\n');
  expect(text).toMatch(new RegExp(`runner ci-runner-1: ${status}.*may still be registered`));
});

it('counts a runner that GitHub does not list as gone, and an own SIGINT as clean', async () => {
  const github = await startSandbox();
  const { drained, lines, events, exit } = await drain(github, 'octo/app', github.token);
  expect(drained).toMatchObject({ deregistered: true });
  expect(events).toEqual(['drained']);
  expect(exit.signal).toBe('SIGINT');
  expect(lines.join('\n')).not.toContain('ended by');
});
