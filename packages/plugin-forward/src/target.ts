import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isListenAddress } from './listen-addresses.ts';

/** The host whose ports are forwarded, and where it is now. */
export interface Target {
  readonly host: string;
  /** Its address; undefined while its name has none. */
  address(): string | undefined;
  /** Looks the name up again; answers whether the address has changed. */
  refresh(): Promise<boolean>;
}

/** A resolver that does not answer within this time counts as one that does not know the name. */
const LOOKUP_LIMIT_MS = 3_000;

/**
 * The addresses that the system's resolver gives, so that /etc/hosts and search domains count. Our own listeners are left
 * out: a connection to them would come back for ever.
 */
const addressesOf = async (host: string): Promise<readonly string[]> => {
  const ended = new AbortController();
  const limit = sleep(LOOKUP_LIMIT_MS, [], { signal: ended.signal });
  limit.catch(() => {});
  const known = lookup(host, { all: true, order: 'ipv4first' }).catch(() => []);
  try {
    const found = await Promise.race([known, limit]);
    return found.map(({ address }) => address).filter((address) => !isListenAddress(address));
  } finally {
    ended.abort();
  }
};

/** Looks a host up. An address stays as long as the name has it, and also while the name has none at all. */
export const findTarget = async (host: string): Promise<Target> => {
  let current = isIP(host) ? host : (await addressesOf(host))[0];
  return {
    host,
    address: () => current,
    refresh: async () => {
      if (isIP(host)) return false;
      const found = await addressesOf(host);
      const kept = found.length === 0 || (current !== undefined && found.includes(current));
      if (kept) return false;
      current = found[0];
      return true;
    },
  };
};
