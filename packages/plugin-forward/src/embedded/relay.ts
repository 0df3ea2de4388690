import type { Traffic } from '../status/traffic.ts';
import type { Candidates } from './candidates.ts';
import type { Descriptors } from './descriptors.ts';

/** What a relay carries from where to where. */
export interface RelaySpec {
  /** The address to listen on. */
  readonly address: string;
  /** The port to listen on, and of the hosts. */
  readonly port: number;
  readonly candidates: Candidates;
  /** Those that all relays of the thread share. */
  readonly descriptors: Descriptors;
}

/** An open relay. */
export interface Relay {
  traffic(): Traffic;
  /** The hosts' addresses have changed. */
  moved(): void;
  /** Ends its listener and every connection. */
  close(): Promise<void>;
}

/** Opens a relay; rejects with the system's error when its port cannot be had. */
export type OpenRelay = (spec: RelaySpec) => Promise<Relay>;

/** Resolves when a host answers at this port, rejects when it does not. */
export type Probe = (address: string, port: number) => Promise<void>;

const SAYS_HOST_IS_DOWN: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ETIMEDOUT',
]);

/** Whether an error speaks of the other side, and not of this one, such as a want of file descriptors. */
export const isHostDown = (error: unknown): boolean =>
  SAYS_HOST_IS_DOWN.has((error as NodeJS.ErrnoException).code ?? '');
