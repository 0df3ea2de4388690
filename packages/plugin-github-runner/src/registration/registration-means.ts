import type { TapContext } from '@ci-runner/core';
import type { Patience } from '../api/request-patiently.ts';

/** How a runner is made known to GitHub. */
export interface RegistrationMeans {
  /** Asks GitHub for what the attempts need, before it can know of the runner. */
  prepare(patience: Patience, context: TapContext): Promise<RegistrationAttempt>;
}

/**
 * Registers a runner once and leaves the files that make the actions-runner be it.
 *
 * @throws RunnerError SERVICE_UNAVAILABLE when GitHub was out of reach, so that it may know the runner all the same.
 */
export type RegistrationAttempt = (attempt: {
  readonly name: string;
  /** Called when the attempt is cut off, so that its last request may still be under way. */
  readonly onInterrupted: () => void;
}) => Promise<Registered | 'name-taken'>;

/** What GitHub knows of the runner. */
export interface Registered {
  readonly id: number;
  /** Whether GitHub itself named the id, and no file that guest could change. */
  readonly trusted: boolean;
}
