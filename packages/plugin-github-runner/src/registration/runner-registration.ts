import { describeError, type Clock, type Logger } from '@ci-runner/core';
import type { RunnersApi } from '../api/runners-api.ts';
import { deleteUntilGone } from './deregister.ts';

/** A registration that exists, or may exist, on GitHub. */
export interface RunnerRegistration {
  readonly name: string;
  /** Undefined until config.sh has written it down. */
  id: number | undefined;
  /** Whether GitHub may ever have known the runner. */
  readonly attempted: boolean;
  /** Whether config.sh was killed or lost GitHub, so that its last request may still be under way. */
  interrupted: boolean;
  /** Says that GitHub may know the runner from now on: called before config.sh starts. */
  beginAttempt(): void;
  /**
   * Removes the registration from GitHub, after the removals that are under way. Answers whether GitHub confirmed it; a
   * confirmed removal is not repeated before the next attempt.
   */
  remove(patience: RemovalPatience): Promise<boolean>;
}

/** How a removal waits. */
export interface RemovalPatience {
  /** Waits until no job runs here; answers whether one ran. */
  readonly untilIdle: () => Promise<boolean>;
  /** In milliseconds. */
  readonly patienceMs: number;
}

/** What {@link createRunnerRegistration} needs. */
export interface RegistrationDeps {
  readonly api: RunnersApi;
  readonly clock: Clock;
  readonly log: Logger;
}

const SECOND_LOOK_MS = 3_000;

/** Makes the record of a registration that has not been attempted. */
export const createRunnerRegistration = (
  name: string,
  { api, clock, log }: RegistrationDeps,
): RunnerRegistration => {
  let attempted = false;
  let removed = true;
  let last: Promise<boolean> | undefined;

  const findId = async (registration: RunnerRegistration): Promise<number | undefined> => {
    if (registration.id !== undefined) return registration.id;
    const found = await api.findRunner(name);
    if (found !== undefined || !registration.interrupted) return found;
    await clock.sleep(SECOND_LOOK_MS);
    return api.findRunner(name);
  };

  const removeFromGitHub = async (
    registration: RunnerRegistration,
    patience: RemovalPatience,
  ): Promise<boolean> => {
    try {
      const id = await findId(registration);
      if (id === undefined) return true;
      if (!(await deleteUntilGone({ api, id, name, clock, log, ...patience }))) return false;
      log.info(`runner ${name} is deregistered`, { event: 'deregistered', id, name });
      return true;
    } catch (error) {
      log.error(`runner ${name} may still be registered: ${describeError(error)}`);
      return false;
    }
  };

  return {
    name,
    id: undefined,
    get attempted() {
      return attempted;
    },
    interrupted: false,
    beginAttempt() {
      attempted = true;
      removed = false;
      this.interrupted = false;
    },
    async remove(patience) {
      const before = last;
      const removeInTurn = async (): Promise<boolean> => {
        await before;
        removed ||= await removeFromGitHub(this, patience);
        return removed;
      };
      last = removeInTurn();
      return last;
    },
  };
};
