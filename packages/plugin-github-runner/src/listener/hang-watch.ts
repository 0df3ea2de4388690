import type { Clock } from '@ci-runner/core';
import type { RunnerRegistration } from '../registration/runner-registration.ts';
import type { Listener } from './listener.ts';

/** What {@link watchForHang} needs. */
export interface HangWatchDeps {
  readonly listener: Pick<Listener, 'isStopped' | 'saidAt'>;
  readonly record: Pick<RunnerRegistration, 'look'>;
  readonly clock: Clock;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Whether the Listener is to end: then it is watched only as long as a job runs, which needs it. */
  readonly isEnding: () => boolean;
  readonly isBusy: () => boolean;
  /** Is told that GitHub does not hear of a Listener that says nothing. */
  readonly onSilent: () => void;
  /** Is told that a signal has stopped the idle Listener for long. */
  readonly onStopped: () => void;
  /** Is told the same of one whose job runs, while GitHub still keeps the job's lock, which the Listener has to renew. */
  readonly onStoppedInJob: () => void;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

const MINUTE = 60_000;

/**
 * Looks in a row at the process table that find the Listener stopped: a debugger or a snapshot of the machine takes less, and
 * GitHub gives a job up ten minutes after the last renewal of its lock.
 */
const STOPPED_LOOKS = 5;

/** After so long without a word GitHub is asked; a job says something. */
const FIRST_SILENCE_MS = 30 * MINUTE;
/** A thousand runners that get no job all day make 250 calls an hour, or none where GitHub answers with 304. */
const LONGEST_SILENCE_MS = 240 * MINUTE;

/**
 * Watches an idle Listener that may hang. An idle one of the v2 flow writes nothing, neither to its output nor to `_diag`
 * (actions/runner 2.336.0: BrokerMessageListener.cs), so that silence proves nothing; whether a deadlocked one still uses the
 * processor is not known. Only GitHub knows whether it still polls. It is asked after half an hour of silence, and then more
 * and more rarely. Jobs are signs of life, so that a fleet with work to do asks next to nothing. A process that a signal has
 * stopped needs no such proof: the process table says so.
 *
 * @see https://github.com/actions/runner/issues/4446 a Listener that stops polling
 */
export const watchForHang = async (deps: HangWatchDeps): Promise<void> => {
  const { listener, record, clock, signal, isEnding, isBusy, random = Math.random } = deps;
  const firstSilence = (): number => FIRST_SILENCE_MS * (1 + random() / 4);
  let aliveAt = clock.now();
  let silenceMs = firstSilence();
  let stopped = 0;
  const noteLife = (at: number): void => {
    if (at <= aliveAt) return;
    aliveAt = at;
    silenceMs = firstSilence();
  };
  while (!signal.aborted) {
    await clock.sleep(MINUTE, signal);
    const busy = isBusy();
    if (isEnding() && !busy) return;
    stopped = listener.isStopped() ? stopped + 1 : 0;
    if (stopped >= STOPPED_LOOKS) (busy ? deps.onStoppedInJob : deps.onStopped)();
    noteLife(busy ? clock.now() : listener.saidAt());
    if (busy) continue;
    if (clock.now() - aliveAt < silenceMs) continue;
    aliveAt = clock.now();
    silenceMs = Math.min(silenceMs * 2, LONGEST_SILENCE_MS);
    const { id, status } = await record.look();
    if (!signal.aborted && !isBusy() && (id === null || status === 'offline')) deps.onSilent();
  }
};
