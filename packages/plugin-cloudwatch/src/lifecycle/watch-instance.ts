import { describeError, type Clock, type Logger } from '@ci-runner/core';
import type { ImdsClient } from '../instance/imds-client.ts';
import { findNotice, type Notice } from './find-notice.ts';

/** What {@link watchInstance} needs. */
export interface WatchSpec {
  readonly imds: ImdsClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Whether a rebalance recommendation is a notice. */
  readonly rebalance: boolean;
  /** Is told once of each reason why the instance is to serve no more; the one with a deadline is the last. */
  readonly onNotice: (notice: Notice) => void;
}

/** AWS recommends to look every 5 seconds. */
const PERIOD_MS = 5_000;
const LIMIT_MS = 2_000;

/** A service that has not answered so often by then is none. */
const TRIES = 12;

/**
 * Looks every 5 s until a notice with a deadline comes, until `signal` aborts, or until the service has never answered for a
 * minute.
 */
export const watchInstance = async (spec: WatchSpec): Promise<void> => {
  const { imds, clock, log, signal } = spec;
  const told = new Set<string>();
  let answered = false;
  let failures = 0;
  while (answered || failures < TRIES) {
    // Also before the first look, which would take the boot's processor.
    await clock.sleep(PERIOD_MS, signal).catch(() => {});
    if (signal.aborted) return;
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
      const notice = await findNotice(imds, spec.rebalance, limited);
      answered = true;
      failures = 0;
      if (notice !== undefined && !told.has(notice.reason)) spec.onNotice(notice);
      if (notice?.deadline !== undefined) return;
      if (notice !== undefined) told.add(notice.reason);
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      if (failures === 1) {
        log.warn(`notices of an interruption cannot be read: ${describeError(error)}`);
      }
    }
  }
};
