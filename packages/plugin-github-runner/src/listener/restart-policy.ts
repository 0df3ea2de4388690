import { RunnerError, type Clock } from '@ci-runner/core';
import { nextStep, type ListenerEnd } from './next-step.ts';

/** How a Listener ended, and whether it had worked before. */
export interface SessionEnd extends ListenerEnd {
  /** Whether it took a job, or waited for one for some time: what failed before is over then. */
  readonly proven: boolean;
  /** How it ended, in words. */
  readonly reason: string;
}

/** What follows. */
export interface Decision {
  readonly next: 'serve' | 'register';
  readonly why: string;
  /** To wait before it, in milliseconds. */
  readonly delayMs: number;
}

/** Decides after every end of a Listener, and remembers how many of them have failed in a row. */
export interface RestartPolicy {
  /** @throws RunnerError when no repetition helps any more. */
  decide(end: SessionEnd): Decision;
  /** A job was run: what failed before is over. */
  succeeded(): void;
  /**
   * Waits as long as the last decision asks for, once.
   *
   * @throws the AbortError of `signal`.
   */
  pause(clock: Clock, signal: AbortSignal): Promise<void>;
  /** Failures since the last session that worked. */
  readonly failures: number;
  /** Until when {@link RestartPolicy.pause} waits, or has last waited; undefined before its first wait. */
  readonly pausedUntil: number | undefined;
}

/** The service host of the actions-runner gives up after as many. */
const MOST_FAILURES = 10;

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 5 * 60_000;
/** Leaves time to register within the ten minutes of resolveRegistration. */
const LONGEST_REGISTER_DELAY_MS = 2 * 60_000;

/** The Listener has tried for 240 s by itself. */
const CONFLICT_DELAY_MS = 30_000;
/** A session whose runner is dead has ended by then; one that lives will not end at all. */
const MOST_CONFLICTS = 3;

/** GitHub has called current versions deprecated for hours, so that one refusal says little. */
const OUTDATED_DELAYS_MS = [60_000, 5 * 60_000, 15 * 60_000];

/** Makes a policy that has seen no failure. `random` is from 0 to 1. @default Math.random */
export const createRestartPolicy = (random: () => number = Math.random): RestartPolicy => {
  let failures = 0;
  let conflicts = 0;
  let refusals = 0;
  let pendingMs = 0;
  let pausedUntil: number | undefined;

  const backoff = (): number => {
    const ms = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS);
    return Math.round(ms * (0.5 + random() / 2));
  };

  const count = (proven: boolean, what: 'conflict' | 'outdated' | undefined): void => {
    failures = proven ? 1 : failures + 1;
    conflicts = what === 'conflict' ? conflicts + 1 : 0;
    // A session is proven by its job alone: a Listener that is too old waits for one as any other does.
    refusals = what === 'outdated' ? refusals + 1 : 0;
  };

  const afterRefusal = (why: string, reason: string): Decision => {
    const delay = OUTDATED_DELAYS_MS[refusals - 1];
    if (delay === undefined) throw new RunnerError('RUNNER_OUTDATED', `${why}: ${reason}`);
    return { next: 'serve', why, delayMs: Math.round(delay * (1 + random() / 4)) };
  };

  const registerLater = (why: string): Decision => ({
    next: 'register',
    why,
    delayMs: Math.min(backoff(), LONGEST_REGISTER_DELAY_MS),
  });

  const decide = (end: SessionEnd): Decision => {
    const step = nextStep(end);
    const { next, why } = step;
    count(end.proven, next === 'conflict' || next === 'outdated' ? next : undefined);
    if (step.next === 'fail') throw new RunnerError(step.code, `${why}: ${end.reason}`);
    if (failures > MOST_FAILURES) {
      throw new RunnerError(
        'RUNNER_ENDED',
        `the Listener failed ${MOST_FAILURES} times in a row; at last ${end.reason}`,
      );
    }
    if (next === 'outdated') return afterRefusal(why, end.reason);
    // What has kept it from any session, such as a lost key, a new start alone does not mend.
    const helpless = end.verdict !== undefined && !end.proven;
    if (next === 'register' || helpless) return registerLater(why);
    if (next !== 'conflict') return { next: 'serve', why, delayMs: backoff() };
    if (conflicts >= MOST_CONFLICTS) return registerLater(`${why}: a new name has none`);
    return { next: 'serve', why, delayMs: Math.round(CONFLICT_DELAY_MS * (1 + random() / 4)) };
  };

  return {
    get failures() {
      return failures;
    },
    get pausedUntil() {
      return pausedUntil;
    },
    succeeded: () => {
      failures = 0;
      conflicts = 0;
      refusals = 0;
    },
    decide: (end) => {
      const decision = decide(end);
      pendingMs = decision.delayMs;
      return decision;
    },
    pause: async (clock, signal) => {
      const ms = pendingMs;
      pendingMs = 0;
      pausedUntil = clock.now() + ms;
      if (ms > 0) await clock.sleep(ms, signal);
    },
  };
};
