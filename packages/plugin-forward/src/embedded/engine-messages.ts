import type { Forward } from '../settings/forward-spec.ts';
import type { Traffic } from '../status/traffic.ts';

/** What a relay thread starts with. Forwards are named by their index from here on. */
export interface EngineStart {
  readonly forwards: readonly Forward[];
  /** The addresses of this machine on which every port listens. */
  readonly listen: readonly string[];
  /** The hosts' addresses, where they have one. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** What the supervisor tells a relay thread. */
export type EngineOrder =
  | { readonly type: 'addresses'; readonly addresses: EngineStart['addresses'] }
  | {
      readonly type: 'health';
      readonly forward: number;
      readonly host: string;
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
  | { readonly type: 'leads'; readonly forward: number; readonly host: string | undefined }
  | { readonly type: 'traffic'; readonly forward: number; readonly traffic: Traffic };
