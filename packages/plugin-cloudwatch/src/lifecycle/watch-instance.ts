import { describeError, type Clock, type Logger } from '@ci-runner/core';
import type { ImdsClient } from '../instance/imds-client.ts';
import { findNotice } from './find-notice.ts';

/** What {@link watchInstance} needs. */
export interface WatchSpec {
  readonly imds: ImdsClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Is told once why the instance is to serve no more. */
  readonly onNotice: (reason: string) => void;
}

/** AWS recommends to look every 5 seconds. */
const PERIOD_MS = 5_000;
const LIMIT_MS = 2_000;

/** A service that has not answered so often by then is none. */
const TRIES = 12;

/** Looks every 5 s until a notice comes, until `signal` aborts, or until the service has never answered for a minute. */
export const watchInstance = async (spec: WatchSpec): Promise<void> => {
  const { imds, clock, log, signal } = spec;
  let answered = false;
  let failures = 0;
  while (!signal.aborted && (answered || failures < TRIES)) {
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
      const notice = await findNotice(imds, limited);
      answered = true;
      failures = 0;
      if (notice !== undefined) return spec.onNotice(notice);
    } catch (error) {
      if (signal.aborted) return undefined;
      failures += 1;
      if (failures === 1) {
        log.warn(`notices of an interruption cannot be read: ${describeError(error)}`);
      }
    }
    await clock.sleep(PERIOD_MS, signal).catch(() => {});
  }
  return undefined;
};
