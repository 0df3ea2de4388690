import { describeError, type Clock, type Logger } from '@ci-runner/core';
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
  /** The Listener says that it cannot connect: there is doubt, but it lives, and will connect when GitHub lets it. */
  cannotConnect(): void;
  /** Stops the Listener, unless a job runs. */
  condemn(verdict: NextStep): void;
  /** Why it was stopped, and what follows; undefined when it was not. */
  readonly verdict: NextStep | undefined;
  /** When it was decided to stop it, in milliseconds since the epoch. */
  readonly condemnedAt: number | undefined;
}

const MINUTE = 60_000;

/** Between the looks, in minutes. Many runners can come into doubt at once, and share one budget of calls. */
const INTERVALS = [5, 5, 10, 20, 40];

/** One list that lacks it could be a mistake. */
const ABSENCES = 2;

/** Looks that find it offline, when it says nothing: some twenty minutes of doubt. */
const SILENCES = 3;

/** The same, when it says that it tries: two hours. It outlives an outage of GitHub's, and a new start would not end that. */
const TRIES = 6;

/**
 * Makes a watch. A Listener can go on for ever without a registration or a connection: an OAuth error at the creation of
 * its session, such as "not medium trust", is retried without end, and it can hang without a word. GitHub's list knows
 * whether the registration exists and whether the Listener is connected; it is asked only in doubt. No answer, as in an
 * outage, says nothing of the Listener.
 */
export const createRegistrationWatch = (deps: RegistrationWatchDeps): RegistrationWatch => {
  const { record, clock, log, signal, isBusy, stop, random = Math.random } = deps;
  let watching = false;
  let trying = false;
  let verdict: NextStep | undefined;
  let condemnedAt: number | undefined;

  const condemn = (found: NextStep): void => {
    if (verdict !== undefined || signal.aborted || isBusy()) return;
    verdict = found;
    condemnedAt = clock.now();
    log.error(`runner ${record.name} is stopped: ${found.why}`);
    stop().catch((error: unknown) => log.error(`its stop failed: ${describeError(error)}`));
  };

  const watch = async (): Promise<void> => {
    let absent = 0;
    let silent = 0;
    for (let look = 0; ; look += 1) {
      const minutes = INTERVALS[Math.min(look, INTERVALS.length - 1)] ?? 0;
      await clock.sleep(minutes * MINUTE * (1 + random() / 4), signal);
      if (isBusy()) {
        // It was connected when it took the job, whatever the looks before have found.
        absent = 0;
        silent = 0;
        continue;
      }
      const { id, status } = await record.look();
      // Meanwhile a job may have come, or the watch may have ended.
      if (signal.aborted) return;
      if (id === undefined || isBusy()) continue;
      if (status === 'online') return;
      absent = id === null ? absent + 1 : 0;
      silent = id === null ? 0 : silent + 1;
      if (absent >= ABSENCES) {
        condemn({ next: 'register', why: 'GitHub does not know it any more' });
        return;
      }
      if (silent >= (trying ? TRIES : SILENCES)) {
        const why = trying ? 'it cannot connect' : 'it hangs';
        condemn({ next: 'serve', why: `${why}: GitHub has not heard of it for long` });
        return;
      }
    }
  };

  const doubt = (why: string): void => {
    if (watching || signal.aborted) return;
    watching = true;
    log.warn(`it is not sure that runner ${record.name} still works: ${why}`);
    const end = (): void => {
      watching = false;
      trying = false;
    };
    watch().then(end, end);
  };

  return {
    get verdict() {
      return verdict;
    },
    get condemnedAt() {
      return condemnedAt;
    },
    doubt,
    cannotConnect: () => {
      doubt('it cannot connect');
      trying = true;
    },
    condemn,
  };
};
