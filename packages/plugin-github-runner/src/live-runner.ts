import type {
  Drained,
  Draining,
  Next,
  Served,
  Serving,
  StatusItem,
  TapContext,
} from '@ci-runner/core';
import { describeError, RunnerError } from '@ci-runner/core';
import { joinDrain } from './drain/join-drain.ts';
import { createDrainProgress, type DrainProgress } from './drain/drain-progress.ts';
import { drainRunner, type DrainManner } from './drain/drain-runner.ts';
import type { JobHookHost } from './job-hooks/install-job-hook.ts';
import { listenerStatus, type ListenerView } from './listener/listener-health.ts';
import type { Decision, RestartPolicy, SessionEnd } from './listener/restart-policy.ts';
import { hasFinished } from './listener/next-step.ts';
import { startSession, type Session } from './listener/start-session.ts';
import { aborted } from './registration/configure-runner.ts';
import { CLOSE_PATIENCE_MS, type RegisteredRunner } from './registration/register-runner.ts';

/** A registered runner on its way from its registration to its end. */
export interface LiveRunner {
  /** Runs a Listener until it ends by itself. */
  serve(serving: Serving, context: TapContext): Promise<Served>;
  /**
   * What follows that end. A registration that is of no use any more is deleted.
   *
   * @throws RunnerError when no repetition helps any more.
   */
  next(context: TapContext): Promise<Next>;
  /** Ends the runner without losing a job. Later calls answer what the first one does. */
  drain(draining: Draining, context: TapContext): Promise<Drained>;
  /** The same for an update: nobody has asked for a stop, so that a job may take as long as it needs. */
  drainForUpdate(reason: string, context: TapContext): Promise<Drained>;
  /** At this time in milliseconds since the epoch. */
  status(now: number): readonly StatusItem[];
  /** Whether there is a sign of a job: a line of the Listener's, or a Worker. */
  isBusy(): boolean;
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

/** What {@link createLiveRunner} needs. */
export interface LiveRunnerSpec {
  readonly registered: RegisteredRunner;
  /** Where the actions-runner is installed. */
  readonly directory: string;
  /** Whether the runner takes one job. */
  readonly ephemeral: boolean;
  readonly settings: DrainSettings;
  readonly hooks: JobHookHost;
  /** Shared by the runners that follow one another. */
  readonly policy: RestartPolicy;
}

/** An idle runner that GitHub does not delete waits out one window of the rate limit, which lasts an hour. */
const DRAIN_PATIENCE_MS = 70 * 60_000;

/** A registration that is of no use any more is deleted at the close at the latest. */
const NEXT_PATIENCE_MS = 15_000;

type Request = Omit<DrainManner, 'progress' | 'quietMs'> & { readonly reason: string };

/** Makes a runner of a registration. */
export const createLiveRunner = (spec: LiveRunnerSpec): LiveRunner => {
  const { registered, directory, settings, hooks, policy } = spec;
  const { record, removeFiles } = registered;
  const stopping = new AbortController();
  /** Aborts when a stop during the drain for an update has waited for as long as it does. */
  const stopLimit = new AbortController();
  let live: Session | undefined;
  let starting: Promise<Session> | undefined;
  let draining: Promise<Drained> | undefined;
  let updating: Promise<Drained> | undefined;
  let progress: DrainProgress | undefined;
  let last: SessionEnd | undefined;
  let events: Serving['events'] | undefined;
  let gaveUp: string | undefined;
  let downSince: number | undefined;
  let jobs = 0;

  const drainOnce = async (request: Request): Promise<Drained> => {
    progress = createDrainProgress(request.reason, request.clock, request.log);
    // A Listener that is just being started would be overlooked; its own failure is not the drain's.
    await starting?.catch(() => {});
    live?.unwatch();
    const { quietMs } = settings;
    return drainRunner(
      { record, removeFiles, ephemeral: spec.ephemeral, serving: live },
      { ...request, progress, quietMs },
    );
  };

  const drain = async (request: Request): Promise<Drained> => {
    stopping.abort();
    return (draining ??= drainOnce(request));
  };

  /**
   * On a way out without a drain the job that runs is waited for as well: after every start of a Listener, whose process
   * would be released first otherwise.
   */
  const ownJobs = async ({ listener }: Session, context: TapContext): Promise<void> => {
    const { clock, log } = context;
    await context.own({
      what: 'the runner and its job',
      acquire: () => {},
      until: async () => listener.ended,
      release: async () => {
        await drain({
          clock,
          log,
          reason: 'the run ends',
          delaySeconds: 0,
          timeoutMs: settings.timeoutMs,
          patienceMs: CLOSE_PATIENCE_MS,
          deregistering: async () => {},
        });
      },
      releaseDeadlineMs: false,
    });
  };

  const viewListener = (now: number): ListenerView => ({
    now,
    runs: live !== undefined && !live.listener.hasExited(),
    downSince,
    pausedUntil: policy.pausedUntil,
    condemnedAt: live?.condemnedAt(),
    gaveUp,
    ending: draining !== undefined,
    failures: policy.failures,
    job: live?.tracker.job,
    jobs: live?.tracker.started ?? 0,
  });

  const decide = (end: SessionEnd): Decision => {
    try {
      return policy.decide(end);
    } catch (error) {
      gaveUp = describeError(error);
      throw error;
    }
  };

  /** Deletes a registration that is of no use any more; where that fails, its own release at the close tries again. */
  const retire = async (): Promise<void> => {
    const deregistered = await record.remove({
      untilIdle: async () => false,
      patienceMs: NEXT_PATIENCE_MS,
    });
    if (deregistered) await removeFiles();
    draining = Promise.resolve({ deregistered, jobWasRunning: false, jobResult: undefined });
  };

  return {
    serve: async (serving, context) => {
      if (draining) throw new RunnerError('RUNNER_ENDED', 'the runner is draining already');
      const { registration } = serving;
      ({ events } = serving);
      downSince ??= context.clock.now();
      await policy.pause(context.clock, stopping.signal).catch(() => {});
      if (stopping.signal.aborted) return { registration, reason: 'it drains' };
      starting = startSession({ directory, hooks, serving, record }, context);
      live = await starting;
      downSince = undefined;
      await ownJobs(live, context);
      last = await live.listener.ended;
      downSince = context.clock.now();
      jobs = live.tracker.started;
      live = undefined;
      return { registration, reason: last.reason };
    },
    next: async ({ log, signal }) => {
      if (last === undefined) throw new RunnerError('UNEXPECTED', 'no Listener has ended');
      if (draining !== undefined) return 'register';
      if (jobs > 0) policy.succeeded();
      if (spec.ephemeral && jobs > 0) {
        if (hasFinished(last)) record.disown();
        await Promise.race([retire(), aborted(signal)]);
        return 'register';
      }
      const { next, why, delayMs } = decide(last);
      const what = next === 'serve' ? 'it starts again' : 'a new runner is registered';
      log.warn(`${why}: ${what} in ${Math.ceil(delayMs / 1_000)} s. ${last.reason}`, {
        event: 'listener-ended',
        code: last.code,
        next,
      });
      if (next === 'register') await Promise.race([retire(), aborted(signal)]);
      return next;
    },
    drain: async (request, context) => {
      if (updating) {
        progress?.changeReason(request.reason);
        return joinDrain(updating, { ...settings, limit: stopLimit }, context);
      }
      const { clock, log } = context;
      return drain({
        clock,
        log,
        reason: request.reason,
        deadline: request.deadline,
        delaySeconds: settings.delaySeconds,
        timeoutMs: settings.timeoutMs,
        patienceMs: DRAIN_PATIENCE_MS,
        deregistering: async () => request.deregistering(),
      });
    },
    drainForUpdate: async (reason, { clock, log }) =>
      (updating ??= drain({
        clock,
        log,
        reason,
        delaySeconds: 0,
        timeoutMs: undefined,
        limit: stopLimit.signal,
        patienceMs: DRAIN_PATIENCE_MS,
        deregistering: async () => events?.deregistering(),
      })),
    status: (now) => [listenerStatus(viewListener(now)), progress?.status() ?? []].flat(),
    isBusy: () =>
      live !== undefined && (live.tracker.job !== undefined || live.listener.workerAlive()),
  };
};
