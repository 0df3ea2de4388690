import type { Clock, Logger } from '@ci-runner/core';
import type { RunnerRegistration } from '../registration/runner-registration.ts';
import type { NextStep } from './next-step.ts';

/** What {@link createRegistrationWatch} needs. */
export interface RegistrationWatchDeps {
  readonly record: Pick<RunnerRegistration, 'name' | 'look'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** While a job runs, nothing is asked and nothing ended. */
  readonly isBusy: () => boolean;
  /** Stops the Listener. */
  readonly stop: () => Promise<void>;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/** Finds out whether a Listener that gives reason to doubt still does any good. */
export interface RegistrationWatch {
  /** Something speaks against the Listener; GitHub is asked about it some minutes later, unless it ends before. */
  doubt(why: string): void;
  /** Why it was stopped, and what follows; undefined when it was not. */
  readonly verdict: NextStep | undefined;
}

const MINUTE = 60_000;

/** Between the looks, in minutes. Many runners can come into doubt at once, and share one budget of calls. */
const INTERVALS = [5, 5, 10, 20, 40];

/** One list that lacks it could be a mistake. */
const ABSENCES = 2;

/** Half an hour of doubt. */
const SILENCES = 3;

/**
 * Makes a watch. A Listener can go on for ever without a registration or a connection: an OAuth error at the creation of
 * its session, such as "not medium trust", is retried without end, and it can hang without a word. GitHub's list knows
 * whether the registration exists and whether the Listener is connected; it is asked only in doubt.
 */
export const createRegistrationWatch = (deps: RegistrationWatchDeps): RegistrationWatch => {
  const { record, clock, log, signal, isBusy, stop, random = Math.random } = deps;
  let watching = false;
  let verdict: NextStep | undefined;

  const condemn = async (found: NextStep): Promise<void> => {
    verdict = found;
    log.error(`runner ${record.name} is stopped: ${found.why}`);
    await stop();
  };

  const watch = async (): Promise<void> => {
    let absent = 0;
    let silent = 0;
    for (let look = 0; ; look += 1) {
      const minutes = INTERVALS[Math.min(look, INTERVALS.length - 1)] ?? 0;
      await clock.sleep(minutes * MINUTE * (1 + random() / 4), signal);
      if (isBusy()) continue;
      const { id, status } = await record.look();
      // Meanwhile a job may have come, or the watch may have ended.
      if (signal.aborted) return;
      if (id === undefined || isBusy()) continue;
      if (status === 'online') return;
      absent = id === null ? absent + 1 : 0;
      silent = id === null ? 0 : silent + 1;
      if (absent >= ABSENCES) {
        await condemn({ next: 'register', why: 'GitHub does not know it any more' });
        return;
      }
      if (silent >= SILENCES) {
        await condemn({ next: 'serve', why: 'GitHub has not heard of it for long' });
        return;
      }
    }
  };

  return {
    get verdict() {
      return verdict;
    },
    doubt: (why) => {
      if (watching || signal.aborted) return;
      watching = true;
      log.warn(`it is not sure that runner ${record.name} still works: ${why}`);
      const end = (): void => {
        watching = false;
      };
      watch().then(end, end);
    },
  };
};
