import { describeError, type Serving, type TapContext } from '@ci-runner/core';
import type { RunnerRegistration } from '../registration/runner-registration.ts';
import { aborted } from '../registration/configure-runner.ts';
import { createRegistrationWatch } from './registration-watch.ts';
import { findCurl, type JobHookHost } from '../job-hooks/install-job-hook.ts';
import { IDLE_STOP_MS, stopListener } from '../drain/stop-listener.ts';
import { watchForHang } from './hang-watch.ts';
import { createJobTracker, type JobTracker } from './job-tracker.ts';
import { startListener, type Listener } from './listener.ts';
import { watchWorker } from './watch-worker.ts';

/** A Listener with what watches it. */
export interface Session {
  readonly listener: Listener;
  readonly tracker: JobTracker;
  /** Ends the watch over the registration, whose end is then intended. */
  unwatch(): void;
  /** When a watchdog has decided to end the Listener, in milliseconds since the epoch. */
  condemnedAt(): number | undefined;
}

/** What {@link startSession} needs. */
export interface SessionSpec {
  /** Where the actions-runner is installed. */
  readonly directory: string;
  readonly hooks: JobHookHost;
  readonly serving: Serving;
  readonly record: Pick<RunnerRegistration, 'name' | 'look'>;
}

/** Starts a Listener, and what tells the core about its jobs. */
export const startSession = async (
  { directory, hooks, serving, record }: SessionSpec,
  context: TapContext,
): Promise<Session> => {
  const { clock, log } = context;
  const { environment } = serving;
  const stopped = new AbortController();
  const unwatched = new AbortController();
  const listening = Promise.withResolvers<void>();
  let listener: Listener | undefined;
  const workerAlive = (): boolean => listener?.workerAlive() ?? false;
  const curl = await findCurl(environment);
  if (curl === undefined) log.warn('there is no curl in PATH: beforeJob cannot hold jobs back');
  const tracker = createJobTracker({
    events: serving.events,
    clock,
    log,
    hookReports: curl !== undefined,
    workerAlive,
    onJob: (job) => {
      void watchWorker(job, {
        clock,
        signal: stopped.signal,
        workerAlive,
        onVanished: (vanished) => {
          log.warn(`job "${job.name}" has no process any more and no result`);
          tracker.jobVanished(vanished);
          watch.doubt(`of job "${job.name}" nothing was heard any more`);
        },
      });
    },
  });
  const signal = AbortSignal.any([stopped.signal, unwatched.signal]);
  const isBusy = (): boolean => tracker.job !== undefined || workerAlive();
  const watch = createRegistrationWatch({
    record,
    clock,
    log,
    signal,
    isBusy,
    stop: async () => {
      if (listener) await stopListener(listener, { clock, log, limitMs: IDLE_STOP_MS });
    },
  });
  const variables =
    curl === undefined
      ? {}
      : await hooks.install({ curl, directory, environment, tracker }, context);
  const started = await startListener(
    {
      directory,
      environment: { ...environment, ...variables },
      tracker,
      onListening: () => listening.resolve(),
      onConnectError: () => watch.cannotConnect(),
    },
    context,
  );
  listener = started;
  const watchWhenListening = async (): Promise<void> => {
    await Promise.race([listening.promise, aborted(stopped.signal)]);
    await watchForHang({
      listener: started,
      record,
      clock,
      signal: stopped.signal,
      isEnding: () => unwatched.signal.aborted,
      isBusy,
      onSilent: () => watch.doubt('GitHub says that it is offline, and it says nothing'),
      onStopped: () => watch.condemn({ next: 'serve', why: 'a signal has stopped its process' }),
      onStoppedInJob: () => {
        log.warn(
          'a signal has stopped the Listener in a job: it is resumed, to renew the job’s lock',
        );
        started.resume();
      },
    });
  };
  watchWhenListening().catch((error: unknown) => {
    if (!stopped.signal.aborted) log.error(`the watch for a hang failed: ${describeError(error)}`);
  });
  const stop = (): void => stopped.abort();
  const ended = started.ended.then((end) => ({ ...end, verdict: watch.verdict }));
  ended.then(stop, stop);
  return {
    listener: { ...started, ended },
    tracker,
    unwatch: () => unwatched.abort(),
    condemnedAt: () => watch.condemnedAt,
  };
};
