import type { Clock, Logger } from '@ci-runner/core';
import type { LabelRemoval, Look, RunnersApi } from '../api/runners-api.ts';
import { deleteUntilGone } from './deregister.ts';

/** A registration that exists, or may exist, on GitHub. */
export interface RunnerRegistration {
  readonly name: string;
  /** Whether GitHub may ever have known the runner. */
  readonly attempted: boolean;
  /** Whether config.sh was killed or lost GitHub, so that its last request may still be under way. */
  interrupted: boolean;
  /** Says that GitHub may know the runner from now on: called before config.sh starts. */
  beginAttempt(): void;
  /** Takes the id that GitHub itself has named. */
  identify(id: number): void;
  /** Says that no attempt follows: the next confirmed removal is the end. */
  endAttempts(): void;
  /** Resolves when no attempt follows and GitHub has no runner of ours under this name. */
  readonly over: Promise<void>;
  /** Says that GitHub has no runner of ours under this name: there is nothing to remove. */
  disown(): void;
  /**
   * Removes the registration from GitHub, after the removals that are under way. Answers whether GitHub confirmed it; a
   * confirmed removal is not repeated before the next attempt.
   */
  remove(patience: RemovalPatience): Promise<boolean>;
  /** One look at what GitHub's list says of it. */
  look(): Promise<Look>;
  /** One attempt to remove the labels that are not the system's; `absent` when GitHub does not know the runner. */
  removeLabels(): Promise<LabelRemoval | 'absent'>;
}

/** How a removal waits. */
export interface RemovalPatience {
  /** Waits until no job runs here; answers whether one ran. `doubted` when GitHub has just said that one runs. */
  readonly untilIdle: (doubted: boolean) => Promise<boolean>;
  /** In milliseconds. */
  readonly patienceMs: number;
  /** Ends the attempts: the removal then rejects with its AbortError. */
  readonly signal?: AbortSignal;
}

/** What {@link createRunnerRegistration} needs. */
export interface RegistrationDeps {
  readonly api: RunnersApi;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Makes the record of a registration that has not been attempted. */
export const createRunnerRegistration = (
  name: string,
  { api, clock, log }: RegistrationDeps,
): RunnerRegistration => {
  let attempted = false;
  let attempting = true;
  let removed = true;
  const over = Promise.withResolvers<void>();
  let last: Promise<boolean> | undefined;
  let id: number | undefined;

  const removeFromGitHub = async (
    { interrupted }: RunnerRegistration,
    patience: RemovalPatience,
  ): Promise<boolean> => {
    const ended = await deleteUntilGone({
      api,
      name,
      id,
      mayAppear: interrupted,
      clock,
      log,
      ...patience,
    });
    if (ended === 'deleted') {
      log.info(`runner ${name} is deregistered`, { event: 'deregistered', name });
    }
    return ended !== 'kept';
  };

  const noteEnd = (): void => {
    if (removed && !attempting) over.resolve();
  };

  return {
    name,
    over: over.promise,
    get attempted() {
      return attempted;
    },
    interrupted: false,
    beginAttempt() {
      attempted = true;
      removed = false;
      id = undefined;
      this.interrupted = false;
    },
    identify(own) {
      id = own;
    },
    endAttempts() {
      attempting = false;
      noteEnd();
    },
    disown() {
      removed = true;
      noteEnd();
    },
    look: async () => {
      const found = await api.findRunner(name);
      if (typeof found.id === 'number') ({ id } = found);
      return found;
    },
    async removeLabels() {
      if (removed) return 'absent';
      if (id === undefined) {
        const found = await api.findRunner(name);
        if (found.id === null) return 'absent';
        if (found.id === undefined) return { outcome: found.outcome, remaining: undefined };
        id = found.id;
      }
      return api.removeLabels(id);
    },
    async remove(patience) {
      const before = last;
      const removeInTurn = async (): Promise<boolean> => {
        await before?.catch(() => {});
        removed ||= await removeFromGitHub(this, patience);
        noteEnd();
        return removed;
      };
      last = removeInTurn();
      return last;
    },
  };
};
