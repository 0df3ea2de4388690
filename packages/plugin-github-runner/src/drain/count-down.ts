import type { Clock, Logger } from '@ci-runner/core';

/** Says every second how many are left before a drain begins. */
export const countDown = async (
  seconds: number,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<void> => {
  for (let left = seconds; left > 0; left -= 1) {
    log.info(`the drain begins in ${left} s (DEBUG_SHUTDOWN_DELAY_SEC)`);
    await clock.sleep(1_000);
  }
};
