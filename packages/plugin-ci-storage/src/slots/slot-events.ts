import type { Progress } from '../transport/slot-transport.ts';

/** How a load or a store goes on. */
export type SlotEvent =
  | { readonly phase: 'connect' | 'list' | 'clean-up' }
  | { readonly phase: 'choose'; readonly slot: string }
  | ({ readonly phase: 'transfer' } & Progress)
  /** Nothing that ends it; `message` says what. */
  | { readonly phase: 'warning'; readonly message: string };

/** What every call takes besides. */
export interface CallOptions {
  readonly onEvent?: ((event: SlotEvent) => void) | undefined;
  /** Ends the call; what it has begun is undone where it can be. */
  readonly signal?: AbortSignal | undefined;
}
