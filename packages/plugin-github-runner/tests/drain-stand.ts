import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  httpRequest,
  type Clock,
  type Drained,
  type Logger,
  type ProcessExit,
} from '@ci-runner/core';
import { startGitHub, type EmbeddedGitHub } from '@ci-runner/sandbox';
import { onTestFinished } from 'vitest';
import { createApiClient } from '../src/api/client.ts';
import { tokenCredentials } from '../src/api/credentials/credentials.ts';
import { createRunnersApi } from '../src/api/runners-api.ts';
import { createSend } from '../src/api/send-request.ts';
import { createDrainProgress } from '../src/drain/drain-progress.ts';
import { drainRunner } from '../src/drain/drain-runner.ts';
import type { TrackedJob } from '../src/listener/job-tracker.ts';
import type { Listener } from '../src/listener/listener.ts';
import { createRunnerRegistration } from '../src/registration/runner-registration.ts';
import { simulatedClock } from './simulated-clock.ts';

/** A drain of a registered runner whose Listener is a program without a handler for signals. */
export interface DrainStand {
  readonly github: EmbeddedGitHub;
  /** Simulated, in milliseconds from 0. */
  now(): number;
  /** At which moment something happens, in milliseconds. */
  at(ms: number, work: () => void | Promise<void>): void;
  /** A job runs from now on; answers how it ends. */
  beginJob(name: string): () => void;
  drain(options?: StandOptions): Promise<Outcome>;
  readonly steps: readonly string[];
  readonly lines: readonly string[];
  /** The REST calls of the drain, such as `DELETE 204`. */
  calls(): string[];
}

export interface StandOptions {
  readonly quietMs?: number;
  readonly timeoutMs?: number;
  readonly delaySeconds?: number;
  readonly serves?: boolean;
  readonly ephemeral?: boolean;
  readonly token?: string;
  readonly repository?: string;
}

export interface Outcome {
  readonly drained: Drained;
  readonly minutes: number;
  readonly exit: ProcessExit | undefined;
}

const NAME = 'ci-runner-1';

/** Registers a runner without config.sh. */
const register = async ({ url, token }: EmbeddedGitHub): Promise<void> => {
  await fetch(`${url}/api/v3/repos/octo/app/actions/runners/generate-jitconfig`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: NAME, runner_group_id: 1, labels: ['self-hosted', 'bench'] }),
  });
};

const forever = async (signal: AbortSignal | undefined): Promise<void> => {
  if (signal) await once(signal, 'abort');
  throw signal?.reason;
};

/** Sleeps take no time, but what is due happens; a limit on the end of an interrupted Listener never comes. */
const standClock = (isStopping: () => boolean) => {
  const clock = simulatedClock();
  const due: { ms: number; work: () => void | Promise<void> }[] = [];
  const happen = async (): Promise<void> => {
    for (const event of due.splice(0)) {
      if (event.ms <= clock.now()) await event.work();
      else due.push(event);
    }
  };
  const limits: { end: number; pass: () => void }[] = [];
  const patient: Clock = {
    now: () => clock.now(),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      if (isStopping()) return forever(signal);
      await clock.sleep(ms);
      await happen();
      for (const limit of limits) if (limit.end <= clock.now()) limit.pass();
      signal?.throwIfAborted();
    },
  };
  return {
    clock: patient,
    at: (ms: number, work: () => void | Promise<void>) => due.push({ ms, work }),
    /** A sleep that passes while others sleep. */
    limit: (ms: number): Promise<void> =>
      new Promise((resolve) => limits.push({ end: clock.now() + ms, pass: resolve })),
  };
};

/** A program that a SIGINT ends at once, as the Listener before it has a handler. */
const startUnhandled = async (onInterrupt: () => void): Promise<Listener> => {
  const child = spawn('sleep', ['600']);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  return {
    exited,
    ended: exited.then((exit) => ({ ...exit, lines: [], proven: false, reason: 'ended' })),
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    workerAlive: () => false,
    isStopped: () => false,
    saidAt: () => 0,
    interrupt: () => {
      onInterrupt();
      child.kill('SIGINT');
    },
    resume: () => void child.kill('SIGCONT'),
    killGroup: () => void child.kill('SIGKILL'),
  };
};

/** Makes a registered runner on an embedded GitHub; all of it ends with the test. */
export const startDrainStand = async (): Promise<DrainStand> => {
  const github = await startGitHub();
  onTestFinished(async () => github.close());
  await register(github);
  const before = github.requests.length;
  const steps: string[] = [];
  const lines: string[] = [];
  const write = (message: string, fields?: Readonly<Record<string, unknown>>): void => {
    lines.push(message);
    if (fields?.['event'] === 'drain-step') steps.push(String(fields['step']));
  };
  const log: Logger = { info: write, warn: write, error: write, child: () => log };
  let stopping = false;
  const { clock, at, limit } = standClock(() => stopping);
  let job: { -readonly [Key in keyof TrackedJob]: TrackedJob[Key] } | undefined;
  let started = 0;

  const drain = async (options: StandOptions = {}): Promise<Outcome> => {
    const { token = github.token, repository = 'octo/app', serves = true, timeoutMs } = options;
    const send = createSend(`${github.url}/api/v3`, httpRequest);
    const client = createApiClient({ send, credentials: tokenCredentials(token) });
    const api = createRunnersApi({ client, scope: { kind: 'repository', name: repository } });
    const record = createRunnerRegistration(NAME, { api, clock, log });
    record.beginAttempt();
    const listener = serves
      ? await startUnhandled(() => {
          stopping = true;
        })
      : undefined;
    const tracker = {
      get job() {
        return job;
      },
      get started() {
        return started;
      },
      settled: async () => {},
    };
    const drained = await drainRunner(
      {
        record,
        removeFiles: async () => {},
        ephemeral: options.ephemeral ?? false,
        serving: listener && { listener, tracker },
      },
      {
        clock: {
          now: () => clock.now(),
          sleep: async (ms, signal) => (ms === timeoutMs ? limit(ms) : clock.sleep(ms, signal)),
        },
        log,
        progress: createDrainProgress('SIGTERM', clock, log),
        delaySeconds: options.delaySeconds ?? 0,
        quietMs: options.quietMs ?? 5_000,
        timeoutMs,
        patienceMs: 70 * 60_000,
        deregistering: async () => {},
      },
    );
    return { drained, minutes: clock.now() / 60_000, exit: await listener?.exited };
  };

  return {
    github,
    steps,
    lines,
    drain,
    at,
    now: () => clock.now(),
    beginJob: (name) => {
      started += 1;
      const own = {
        name,
        startedAt: clock.now(),
        hookReported: false,
        result: undefined as string | undefined,
      };
      job = own;
      return () => {
        own.result = 'Succeeded';
        if (job === own) job = undefined;
      };
    },
    calls: () =>
      github.requests.slice(before).map(({ method, path, status }) => {
        const what = path.replace(/^.*\/actions\/runners/, '');
        return `${method} ${what} ${status}`;
      }),
  };
};
