import { loadSlotWithRsync } from './rsync-load.ts';
import { storeSlotWithRsync } from './rsync-store.ts';
import { runScript, type ScriptHost } from './run-script.ts';
import { SCRIPT_LIMIT_MS } from './script-limit.ts';
import { CLEAN_UP_SCRIPT, parseCleanUp } from './scripts/clean-up.ts';
import { LIST_SCRIPT, parseList } from './scripts/list.ts';
import type { SlotTransport } from './slot-transport.ts';

/** How patient a transport is. */
export interface Patience {
  /** How long a script may take that only looks or renames, in milliseconds. @default 60000 */
  readonly scriptLimitMs?: number | undefined;
  /** How long a transfer may stand still, in seconds. @default 60 */
  readonly silenceSeconds?: number | undefined;
}

/** What tells one storage that rsync reaches from another. */
export interface RsyncStorage
  extends Pick<SlotTransport, 'name' | 'connect'>, ScriptHost, Patience {
  /** The name by which rsync finds a path of the storage. */
  readonly address: (path: string) => string;
  /** What rsync needs to get there. */
  readonly rsyncArguments: readonly string[];
}

/** Removing millions of files takes its time. */
const CLEAN_UP_LIMIT_MS = 3_600_000;

/** Makes the transport to a storage that rsync reaches. */
export const createRsyncTransport = (storage: RsyncStorage): SlotTransport => {
  const { name, place, connect, scriptLimitMs = SCRIPT_LIMIT_MS } = storage;
  return {
    name,
    place,
    connect,
    list: async (path, signal) => {
      const limits = { limitMs: scriptLimitMs, what: 'list its slots', signal };
      return parseList(await runScript(storage, LIST_SCRIPT, [path], limits));
    },
    load: async (order) => loadSlotWithRsync(storage, order),
    store: async (order) => storeSlotWithRsync(storage, order),
    cleanUp: async ({ path, maxAgeSeconds, keepHintSlots, background, signal }) => {
      const args = [path, maxAgeSeconds, keepHintSlots, background ? 1 : 0].map(String);
      const limitMs = background ? scriptLimitMs : CLEAN_UP_LIMIT_MS;
      const limits = { limitMs, what: 'clean up', signal };
      return parseCleanUp(await runScript(storage, CLEAN_UP_SCRIPT, args, limits));
    },
  };
};
