/** A host that a forward can lead to. */
export interface Candidate {
  readonly host: string;
  /** Undefined while its name has none. */
  address: string | undefined;
  /** Whether it answered when it was last asked; undefined while that is not known. */
  up: boolean | undefined;
  /** How often it was told that it does not answer. */
  failures: number;
}

/** A host that has an address. */
export type Located = Candidate & { readonly address: string };

/** The hosts of a forward, the primary first, and what is known of them. */
export interface Candidates {
  /** Those with an address in the order in which they are to be tried: the ones that are down come last. */
  inOrder(): readonly Located[];
  /** The first of them. */
  first(): Located | undefined;
  /** Those with an address that are down. */
  down(): readonly Located[];
  /** Says whether the host answered at this address; what is told of an address that it had before does not count. */
  mark(candidate: Candidate, address: string, up: boolean): void;
  locate(addresses: Readonly<Record<string, string>>): void;
}

const isLocated = (candidate: Candidate): candidate is Located => candidate.address !== undefined;

/** Makes the candidates; `onLead` hears which of them answers now, as soon as that is known and when it changes. */
export const createCandidates = (
  hosts: readonly string[],
  onLead: (host: string | undefined) => void,
): Candidates => {
  const all = hosts.map((host): Candidate => ({
    host,
    address: undefined,
    up: undefined,
    failures: 0,
  }));
  let order: readonly Located[] = [];
  let told: { readonly host: string | undefined } | undefined;

  const tell = (): void => {
    const lead = order.find(({ up }) => up !== false);
    // Of a primary that nobody has asked nothing is known.
    if (lead?.host === hosts[0] && lead?.up === undefined) return;
    if (told !== undefined && told.host === lead?.host) return;
    told = { host: lead?.host };
    onLead(lead?.host);
  };
  const sort = (): void => {
    const located = all.filter(isLocated);
    order = [
      ...located.filter(({ up }) => up !== false),
      ...located.filter(({ up }) => up === false),
    ];
    tell();
  };

  return {
    inOrder: () => order,
    first: () => order[0],
    down: () => order.filter(({ up }) => up === false),
    mark: (candidate, address, up) => {
      if (candidate.address !== address) return;
      if (!up) candidate.failures += 1;
      if (candidate.up === up) return;
      candidate.up = up;
      sort();
    },
    locate: (addresses) => {
      for (const candidate of all) {
        const address = addresses[candidate.host];
        if (address === undefined || address === candidate.address) continue;
        // Nothing is known of the machine there.
        candidate.address = address;
        candidate.up = undefined;
      }
      sort();
    },
  };
};
