import { isIP } from 'node:net';
import { inBackground, type Forwarding } from '../forwarding.ts';

/** Between two lookups of all names. */
const PERIOD_MS = 10_000;

/** While a name has no address nothing gets there: it is asked for more often. */
const SHORT_PERIOD_MS = 2_000;

/** Keeps the hosts' addresses up to date until the runner closes, and calls `onMoved` whenever some have changed. */
export const followTargets = async (
  forwarding: Forwarding,
  onMoved: () => Promise<void>,
): Promise<void> => {
  const { context, targets, forwards } = forwarding;
  const names = [...new Set(forwards.flatMap(({ hosts }) => hosts))].filter((host) => !isIP(host));
  if (names.length === 0) return;
  await inBackground(forwarding, `the lookup of ${names.join(', ')}`, async (closing) => {
    for (;;) {
      const unknown = names.some((host) => targets.addressesOf(host).length === 0);
      await context.clock.sleep(unknown ? SHORT_PERIOD_MS : PERIOD_MS, closing);
      const before = new Map(names.map((host) => [host, targets.addressesOf(host)[0]]));
      const moved = await targets.refresh();
      for (const host of moved) {
        const [first, ...others] = targets.addressesOf(host);
        // A balancer's name has other ones each time: what is news is where it leads to.
        if (first === before.get(host)) continue;
        const also = others.length === 0 ? '' : `, and at ${others.join(', ')}`;
        context.log.info(`${host} is at ${first} now${also}`);
      }
      if (moved.length > 0) await onMoved();
    }
  });
};
