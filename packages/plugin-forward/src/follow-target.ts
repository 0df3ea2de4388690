import { isIP } from 'node:net';
import { inBackground, type Forwarding } from './forwarding.ts';

/** Between two lookups of the target's name. */
const PERIOD_MS = 10_000;

/** Keeps the target's address up to date until the runner closes, and calls `onMoved` whenever it has changed. */
export const followTarget = async (
  forwarding: Forwarding,
  onMoved: () => Promise<void>,
): Promise<void> => {
  const { context, target } = forwarding;
  if (isIP(target.host)) return;
  await inBackground(forwarding, `the lookup of ${target.host}`, async (closing) => {
    for (;;) {
      await context.clock.sleep(PERIOD_MS, closing);
      if (!(await target.refresh())) continue;
      context.log.info(`${target.host} is at ${target.address()} now`);
      await onMoved();
    }
  });
};
