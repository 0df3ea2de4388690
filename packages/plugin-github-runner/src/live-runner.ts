import {
  RunnerError,
  type Drained,
  type Draining,
  type Served,
  type Serving,
  type StatusItem,
  type TapContext,
} from '@ci-runner/core';
import { createDrainProgress, type DrainProgress } from './drain/drain-progress.ts';
import { drainRunner, type DrainManner } from './drain/drain-runner.ts';
import { findCurl, installJobHook } from './job-hooks/install-job-hook.ts';
import { createJobTracker, type JobTracker } from './listener/job-tracker.ts';
import { startListener, type Listener } from './listener/listener.ts';
import { watchWorker } from './listener/watch-worker.ts';
import { CLOSE_PATIENCE_MS, type RegisteredRunner } from './registration/register-runner.ts';

/** A registered runner on its way from its registration to its end. */
export interface LiveRunner {
  /** Runs the Listener until it ends by itself. */
  serve(serving: Serving, context: TapContext): Promise<Served>;
  /** Ends the runner without losing a job. Later calls answer what the first one does. */
  drain(draining: Draining, context: TapContext): Promise<Drained>;
  status(): readonly StatusItem[];
}

/** How a runner is drained. */
export interface DrainSettings {
  /** Seconds between the request and the drain's beginning. */
  readonly delaySeconds: number;
  /** Milliseconds without a job before the runner is deleted. */
  readonly quietMs: number;
  /** Milliseconds after which a job is cancelled; undefined for never. */
  readonly timeoutMs: number | undefined;
}

/** An idle runner that GitHub does not delete waits out one window of the rate limit, which lasts an hour. */
const DRAIN_PATIENCE_MS = 70 * 60_000;

/** Makes a runner of a registration. */
export const createLiveRunner = (
  registered: RegisteredRunner,
  directory: string,
  settings: DrainSettings,
): LiveRunner => {
  let live: { listener: Listener; tracker: JobTracker } | undefined;
  let starting: Promise<Listener> | undefined;
  let draining: Promise<Drained> | undefined;
  let progress: DrainProgress | undefined;

  type Request = Omit<DrainManner, 'progress' | 'quietMs' | 'timeoutMs'>;

  const drainOnce = async (request: Request): Promise<Drained> => {
    // A Listener that is just being started would be overlooked; its own failure is not the drain's.
    await starting?.catch(() => {});
    progress = createDrainProgress(request.reason, request.clock, request.log);
    const { quietMs, timeoutMs } = settings;
    return drainRunner(
      { record: registered.record, directory, serving: live },
      { ...request, progress, quietMs, timeoutMs },
    );
  };

  const drain = async (request: Request): Promise<Drained> => (draining ??= drainOnce(request));

  /** On a way out without a drain the job that runs is waited for as well. */
  const ownJobs = async (context: TapContext): Promise<void> => {
    const { clock, log } = context;
    await context.own({
      what: 'the runner and its job',
      acquire: () => {},
      release: async () => {
        await drain({
          clock,
          log,
          reason: 'the run ends',
          delaySeconds: 0,
          patienceMs: CLOSE_PATIENCE_MS,
          deregistering: async () => {},
        });
      },
      releaseDeadlineMs: false,
    });
  };

  const start = async (serving: Serving, context: TapContext): Promise<Listener> => {
    const { clock, log } = context;
    const stopped = new AbortController();
    const curl = await findCurl(serving.environment);
    if (curl === undefined) log.warn('there is no curl in PATH: beforeJob cannot hold jobs back');
    const tracker = createJobTracker({
      events: serving.events,
      clock,
      log,
      hookReports: curl !== undefined,
      onJob: (job) => {
        void watchWorker(job, {
          clock,
          signal: stopped.signal,
          workerAlive: () => live?.listener.workerAlive() ?? false,
          onVanished: (vanished) => {
            log.warn(`job "${job.name}" has no process any more and no result`);
            tracker.jobVanished(vanished);
          },
        });
      },
    });
    const environment = {
      ...serving.environment,
      ...(curl === undefined
        ? {}
        : await installJobHook(
            { curl, directory, environment: serving.environment, tracker },
            context,
          )),
    };
    const listener = await startListener({ directory, environment, tracker }, context);
    live = { listener, tracker };
    const stop = (): void => stopped.abort();
    listener.ended.then(stop, stop);
    return listener;
  };

  return {
    serve: async (serving, context) => {
      if (draining) throw new RunnerError('RUNNER_ENDED', 'the runner is draining already');
      starting = start(serving, context);
      const listener = await starting;
      await ownJobs(context);
      return { registration: serving.registration, reason: await listener.ended };
    },
    drain: async (request, { clock, log }) =>
      drain({
        clock,
        log,
        reason: request.reason,
        delaySeconds: settings.delaySeconds,
        patienceMs: DRAIN_PATIENCE_MS,
        deregistering: async () => request.deregistering(),
      }),
    status: () => [progress?.status() ?? []].flat(),
  };
};
