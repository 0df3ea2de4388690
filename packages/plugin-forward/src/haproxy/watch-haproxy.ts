import type { Forwarding } from '../forwarding.ts';
import type { Forward } from '../settings/forward-spec.ts';
import { askHaproxy } from './admin-socket.ts';
import { readPortStat, SHOW_STAT } from './read-stat.ts';

/** Between two looks at haproxy's statistics. */
const PERIOD_MS = 1_000;

/** Keeps the watches of these forwards up to date with haproxy's statistics, until `closing` aborts. */
export const watchHaproxy = async (
  { context, watchOf }: Forwarding,
  adminSocket: string,
  forwards: readonly Forward[],
  closing: AbortSignal,
): Promise<void> => {
  for (;;) {
    await context.clock.sleep(PERIOD_MS, closing);
    // While haproxy is started again nothing is known.
    const csv = await askHaproxy(adminSocket, [SHOW_STAT]).catch(() => undefined);
    if (csv === undefined) continue;
    for (const forward of forwards) {
      const stat = readPortStat(csv, forward);
      if (stat === undefined) continue;
      const watch = watchOf(forward);
      watch.leadsTo(stat.host === undefined ? undefined : forward.hosts[stat.host]);
      watch.traffic(stat.traffic);
    }
  }
};
