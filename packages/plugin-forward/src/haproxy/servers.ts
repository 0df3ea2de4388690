import { isIP } from 'node:net';
import type { Forward } from '../settings/forward-spec.ts';
import { MOST_ADDRESSES, type Targets } from '../targets/find-targets.ts';

/** A server of haproxy's configuration: a place for one address of a host. */
export interface Server {
  readonly name: string;
  readonly host: string;
  /** Undefined while the host has no address for it. */
  readonly address: string | undefined;
  /** Whether haproxy judges it, and leaves it when it does not answer. */
  readonly isJudged: boolean;
}

/**
 * Leads to the primary as well, but is never down: used while all others are, so that a service that has just come up need
 * not wait for its next check.
 */
const LAST_RESORT = 'last-resort';

/** The name of a port's section. */
export const sectionName = ({ port }: Pick<Forward, 'port'>): string => `tcp-${port}`;

/**
 * The servers of a forward in the order in which they are tried. Their number and names are always the same: a name has as
 * many places as it can have addresses.
 */
export const serversOf = (
  { hosts }: Pick<Forward, 'hosts'>,
  { addressesOf }: Pick<Targets, 'addressesOf'>,
): readonly Server[] => {
  const judged = hosts.flatMap((host, index) => {
    const addresses = addressesOf(host);
    return Array.from({ length: isIP(host) ? 1 : MOST_ADDRESSES }, (_none, place) => ({
      name: `host-${index}-${place}`,
      host,
      address: addresses[place],
      isJudged: true,
    }));
  });
  const [primary] = judged;
  return primary ? [...judged, { ...primary, name: LAST_RESORT, isJudged: false }] : [];
};
