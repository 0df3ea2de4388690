import type { Clock, Logger } from '@ci-runner/core';
import type { JobTracker } from '../listener/job-tracker.ts';
import type { Listener } from '../listener/listener.ts';

/** A Listener that runs, and what is known of its jobs. */
export interface ServingRunner {
  readonly listener: Listener;
  readonly tracker: Pick<JobTracker, 'job' | 'started' | 'settled'>;
}

/** What {@link createIdleWatch} needs. */
export interface IdleWatchDeps {
  /** Undefined when nothing serves: such a runner is idle. */
  readonly serving: ServingRunner | undefined;
  /** How long no job may have been seen, in milliseconds. */
  readonly quietMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Knows for how long this machine has run no job. */
export interface IdleWatch {
  /** Forgets the idle time so far: something says that a job is on its way. */
  restart(): void;
  /**
   * Waits until this machine has run no job for `quietMs` without a break: no live Worker, no job without a result in the
   * Listener's output, nothing left to tell about the last one. A Listener that has ended takes no job: then one look is
   * enough. GitHub's own flag is not asked, because it can be wrong for minutes.
   *
   * @returns whether a job ran meanwhile.
   * @throws the AbortError of `signal`.
   */
  untilQuiet(signal: AbortSignal): Promise<boolean>;
}

const LOOK_EVERY_MS = 300;
const SAY_EVERY_MS = 60_000;

/** After a longer time without a look the idle time begins anew: a Worker may have come and gone. */
const LONGEST_BLINK_MS = 3_000;

const isBusy = ({ listener, tracker }: ServingRunner): boolean =>
  tracker.job !== undefined || listener.workerAlive();

/** Makes a watch that has not seen anything. */
export const createIdleWatch = ({ serving, quietMs, clock, log }: IdleWatchDeps): IdleWatch => {
  let idleSince: number | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let jobsSeen = serving?.tracker.started ?? 0;

  /** Answers whether a job was there at this look or since the one before. */
  const look = (runner: ServingRunner): boolean => {
    const busy = isBusy(runner);
    const jobs = runner.tracker.started;
    const ran = busy || jobs !== jobsSeen;
    const now = clock.now();
    if (ran || now - lookedAt > LONGEST_BLINK_MS) idleSince = undefined;
    if (!busy) idleSince ??= now;
    lookedAt = now;
    jobsSeen = jobs;
    return ran;
  };

  /** In milliseconds. */
  const quietFor = (runner: ServingRunner): number => {
    const needed = runner.listener.hasExited() ? 0 : quietMs;
    return needed - (clock.now() - (idleSince ?? clock.now()));
  };

  const untilQuiet = async (runner: ServingRunner, signal: AbortSignal): Promise<boolean> => {
    const { tracker } = runner;
    let ran = false;
    let sayAt = clock.now();
    for (;;) {
      const runs = look(runner);
      ran ||= runs;
      const left = quietFor(runner);
      if (runs && clock.now() >= sayAt) {
        sayAt = clock.now() + SAY_EVERY_MS;
        log.info(`waiting for the end of ${tracker.job ? `job "${tracker.job.name}"` : 'a job'}`);
      }
      if (left <= 0 && !isBusy(runner)) {
        await tracker.settled();
        if (tracker.started === jobsSeen && !isBusy(runner)) return ran;
      }
      await clock.sleep(
        left > 0 ? Math.min(LOOK_EVERY_MS, Math.ceil(left)) : LOOK_EVERY_MS,
        signal,
      );
    }
  };

  return {
    restart: () => {
      idleSince = undefined;
    },
    untilQuiet: async (signal) => {
      signal.throwIfAborted();
      return serving !== undefined && untilQuiet(serving, signal);
    },
  };
};
