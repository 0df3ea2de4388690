import type { Forward } from '../settings/forward-spec.ts';
import type { Lead } from '../status/lead.ts';
import type { Traffic } from '../status/traffic.ts';

/** The addresses of the hosts, in the order in which they are to be tried. */
export type HostAddresses = Readonly<Record<string, readonly string[]>>;

/** What a relay thread starts with. Forwards are named by their index from here on. */
export interface EngineStart {
  readonly forwards: readonly Forward[];
  /** The addresses of this machine on which every port listens. */
  readonly listen: readonly string[];
  readonly addresses: HostAddresses;
}

/** What the supervisor tells a relay thread. */
export type EngineOrder =
  | { readonly type: 'addresses'; readonly addresses: HostAddresses }
  | {
      readonly type: 'health';
      readonly forward: number;
      readonly lead: Lead;
      readonly up: boolean;
    };

/** Why a port could not be opened. */
export interface OpenFailure {
  readonly forward: number;
  readonly address: string;
  readonly code: string;
  readonly message: string;
}

/** What a relay thread tells the supervisor. */
export type EngineReport =
  | { readonly type: 'opened'; readonly failures: readonly OpenFailure[] }
  | { readonly type: 'leads'; readonly forward: number; readonly lead: Lead | undefined }
  | { readonly type: 'traffic'; readonly forward: number; readonly traffic: Traffic };
