import type { Forward } from './settings/forward-spec.ts';
import type { Lead } from './status/lead.ts';

/** What carries forwards whose ports are open. */
export interface Carrier {
  readonly forwards: readonly Forward[];
  /** Makes it use the hosts' addresses of now. Never rejects. */
  retarget(): void | Promise<void>;
  /** Tells it whether an address of a forward's host answers. */
  noteHealth(forward: Forward, lead: Lead, up: boolean): void;
}
