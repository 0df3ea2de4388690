import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isOwnListener } from './listen-addresses.ts';

/** Where the hosts are now that ports lead to. */
export interface Targets {
  /** A host's addresses in the order in which they are to be tried; none while its name has none. */
  readonly addressesOf: (host: string) => readonly string[];
  /** Looks all names up again; answers the hosts whose addresses have changed. */
  refresh(): Promise<readonly string[]>;
}

/** Names of balancers can have dozens of addresses. Those that come first are used, as long as the name has them. */
export const MOST_ADDRESSES = 4;

/** A resolver that does not answer within this time counts as one that does not know the name. */
const LOOKUP_LIMIT_MS = 3_000;

/** Asks the system's resolver, so that /etc/hosts and search domains count. A name that has no address gets no answer. */
const resolve = async (host: string): Promise<readonly string[]> => {
  try {
    const found = await lookup(host, { all: true, order: 'ipv4first' });
    // /etc/hosts can have addresses with a zone, which haproxy does not take.
    return found.map(({ address }) => address).filter((address) => !address.includes('%'));
  } catch {
    return [];
  }
};

/** Gives `work` up after the limit; it goes on, but nobody waits for it. */
const withinLimit = async <Result>(work: Promise<Result>): Promise<Result | undefined> => {
  const ended = new AbortController();
  const limit = sleep(LOOKUP_LIMIT_MS, undefined, { signal: ended.signal });
  limit.catch(() => {});
  try {
    return await Promise.race([work, limit]);
  } finally {
    ended.abort();
  }
};

/** Looks one name up, again and again; a lookup that hangs is not joined by another one. */
const createLookup = (host: string): (() => Promise<readonly string[]>) => {
  let pending: Promise<readonly string[]> | undefined;
  return async () => {
    pending ??= resolve(host).finally(() => (pending = undefined));
    return (await withinLimit(pending)) ?? [];
  };
};

/** Resolvers shuffle their answers: an address keeps its place for as long as the name has it. */
const follow = (before: readonly string[], found: readonly string[]): readonly string[] => {
  const kept = before.filter((address) => found.includes(address));
  // /etc/hosts can name one twice.
  return [...new Set([...kept, ...found])].slice(0, MOST_ADDRESSES);
};

/** One host. Its addresses stay while the name has none at all. */
const createTarget = (host: string, listen: readonly string[]) => {
  const ask = createLookup(host);
  // A connection to our own listener would come back for ever.
  const isForeign = (address: string): boolean => !isOwnListener(address, listen);
  let current: readonly string[] = isIP(host) ? [host].filter(isForeign) : [];
  return {
    addresses: (): readonly string[] => current,
    /** Answers whether the addresses have changed. */
    refresh: async (): Promise<boolean> => {
      if (isIP(host)) return false;
      const found = (await ask()).filter(isForeign);
      if (found.length === 0) return false;
      const before = current;
      current = follow(before, found);
      return current.join() !== before.join();
    },
  };
};

/** Looks hosts up; `listen` are the addresses of our own listeners, which no port leads to. */
export const findTargets = async (
  hosts: Iterable<string>,
  listen: readonly string[],
): Promise<Targets> => {
  const targets = new Map([...hosts].map((host) => [host, createTarget(host, listen)]));
  const refresh = async (): Promise<readonly string[]> => {
    const moved = await Promise.all(
      [...targets].map(async ([host, target]) => ((await target.refresh()) ? host : undefined)),
    );
    return moved.filter((host) => host !== undefined);
  };
  await refresh();
  return { addressesOf: (host) => targets.get(host)?.addresses() ?? [], refresh };
};
