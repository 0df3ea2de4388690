import type { Forwarding } from '../forwarding.ts';
import type { Forward } from '../settings/forward-spec.ts';
import { askHaproxy } from './admin-socket.ts';
import { readPortStat, readStat, SHOW_STAT } from './read-stat.ts';
import { serversOf } from './servers.ts';

/** Between two looks at haproxy's statistics. */
const PERIOD_MS = 1_000;

/** So many looks in a row without an answer, of up to 3 s each, are no sign of a busy machine any more. */
const MOST_SILENT_LOOKS = 5;

/** What follows from a look at haproxy. */
export interface HaproxyWatcher {
  readonly answered: () => Promise<void>;
  /** It runs, perhaps, but it has not answered for long. */
  readonly hangs: () => void;
}

/** Keeps the watches of these forwards up to date with haproxy's statistics, until `closing` aborts. */
export const watchHaproxy = async (
  { context, watchOf, targets, closing }: Forwarding,
  adminSocket: string,
  forwards: readonly Forward[],
  { answered, hangs }: HaproxyWatcher,
): Promise<void> => {
  const take = (csv: string): void => {
    const stat = readStat(csv);
    for (const forward of forwards) {
      const { port } = forward;
      const fares = readPortStat(stat, { port, servers: serversOf(forward, targets) });
      if (fares === undefined) continue;
      const watch = watchOf(forward);
      if (fares.lead !== 'unknown') watch.leadsTo(fares.lead === 'none' ? undefined : fares.lead);
      watch.traffic(fares.traffic);
    }
  };
  let silentLooks = 0;
  for (;;) {
    await context.clock.sleep(PERIOD_MS, closing);
    const csv = await askHaproxy(adminSocket, [SHOW_STAT]).catch(() => undefined);
    if (csv !== undefined) {
      silentLooks = 0;
      take(csv);
      await answered();
      continue;
    }
    silentLooks += 1;
    if (silentLooks < MOST_SILENT_LOOKS) continue;
    silentLooks = 0;
    hangs();
  }
};
