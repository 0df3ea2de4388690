import type { Lead } from '../status/lead.ts';
import type { HostAddresses } from './engine-messages.ts';

/** An address that a forward can lead to. */
export interface Candidate extends Lead {
  /** Whether it answered when it was last asked; undefined while that is not known. */
  up: boolean | undefined;
  /** How often it was told that it does not answer. */
  failures: number;
}

/** The addresses of a forward's hosts, those of the primary first, and what is known of them. */
export interface Candidates {
  /** In the order in which they are to be tried: the ones that are down come last. */
  inOrder(): readonly Candidate[];
  /** The first of them. */
  first(): Candidate | undefined;
  down(): readonly Candidate[];
  /** Says whether one answered; what is told of an address that its host has no more does not count. */
  mark(candidate: Candidate, up: boolean): void;
  /** The hosts have these addresses now; what is known of those that stay is kept. */
  locate(addresses: HostAddresses): void;
}

const isSame = (one: Lead | undefined, other: Lead | undefined): boolean =>
  one?.host === other?.host && one?.address === other?.address;

/** Makes the candidates; `onLead` hears which of them answers now, as soon as that is known and when it changes. */
export const createCandidates = (
  hosts: readonly string[],
  onLead: (lead: Lead | undefined) => void,
): Candidates => {
  let all: readonly Candidate[] = [];
  let order: readonly Candidate[] = [];
  let told: { readonly lead: Lead | undefined } | undefined;

  const tell = (): void => {
    const lead = order.find(({ up }) => up !== false);
    // Of a primary that nobody has asked nothing is known.
    if (lead?.host === hosts[0] && lead?.up === undefined) return;
    if (told !== undefined && isSame(told.lead, lead)) return;
    told = { lead };
    onLead(lead && { host: lead.host, address: lead.address });
  };
  const sort = (): void => {
    order = [...all.filter(({ up }) => up !== false), ...all.filter(({ up }) => up === false)];
    tell();
  };

  return {
    inOrder: () => order,
    first: () => order[0],
    down: () => order.filter(({ up }) => up === false),
    mark: (candidate, up) => {
      if (!all.includes(candidate)) return;
      if (!up) candidate.failures += 1;
      if (candidate.up === up) return;
      candidate.up = up;
      sort();
    },
    locate: (addresses) => {
      const found = hosts.flatMap((host) =>
        (addresses[host] ?? []).map((address) => ({ host, address })),
      );
      all = found.map(
        (lead) =>
          all.find((known) => isSame(known, lead)) ?? { ...lead, up: undefined, failures: 0 },
      );
      sort();
    },
  };
};
