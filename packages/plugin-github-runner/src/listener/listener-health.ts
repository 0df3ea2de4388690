import type { StatusItem } from '@ci-runner/core';
import type { TrackedJob } from './job-tracker.ts';

/** What is known of a runner's Listener at a moment. */
export interface ListenerView {
  /** In milliseconds since the epoch. */
  readonly now: number;
  /** Whether a Listener runs. */
  readonly runs: boolean;
  /** Since when none runs, in milliseconds since the epoch; undefined while one does. */
  readonly downSince: number | undefined;
  /** Until when the restart policy waits, in milliseconds since the epoch; undefined when it does not. */
  readonly pausedUntil: number | undefined;
  /** When a watchdog has decided to end it, in milliseconds since the epoch; undefined when none has. */
  readonly condemnedAt: number | undefined;
  /** Why the restart policy has given up. */
  readonly gaveUp: string | undefined;
  /** Whether its end is intended: it drains, or another runner takes its place. */
  readonly ending: boolean;
  /** Failures in a row. */
  readonly failures: number;
  readonly job: TrackedJob | undefined;
  /** Jobs that this Listener has taken. */
  readonly jobs: number;
}

/**
 * A Listener that does not run and has not been asked to wait starts within seconds; a job that outlived the one before is
 * waited for for nine minutes.
 */
const START_LIMIT_MS = 15 * 60_000;

/** SIGINT, thirty seconds, and SIGKILL: who lives on is in an uninterruptible wait, which only a new machine ends. */
const KILL_LIMIT_MS = 2 * 60_000;

const minutes = (ms: number): number => Math.floor(ms / 60_000);

/** Why the idle Listener cannot recover; undefined when it can, or when its end is intended. */
const whyLost = (view: ListenerView): string | undefined => {
  const { now, runs, downSince, pausedUntil, condemnedAt, gaveUp, ending } = view;
  if (gaveUp !== undefined) return gaveUp;
  if (ending) return undefined;
  if (runs && condemnedAt !== undefined && now - condemnedAt > KILL_LIMIT_MS) {
    return `it hangs, and lives ${minutes(now - condemnedAt)} min after it was told to end`;
  }
  if (downSince === undefined) return undefined;
  const overdue = now - Math.max(downSince, pausedUntil ?? downSince);
  return overdue > START_LIMIT_MS
    ? `no Listener has started for ${minutes(overdue)} min`
    : undefined;
};

/**
 * The status of the Listener. It is unhealthy when it cannot take jobs and nothing here mends that: the restart policy has
 * given up, it survives its SIGKILL, or no Listener starts although nothing is waited for. What waits for GitHub, for a job,
 * or for the next start is healthy.
 */
export const listenerStatus = (view: ListenerView): StatusItem => {
  const { runs, failures, job, jobs } = view;
  const lost = whyLost(view);
  return {
    name: 'listener',
    healthy: lost === undefined,
    facts: { runs, failures, job: job?.name ?? null, jobs, cannotRecover: lost ?? null },
  };
};
