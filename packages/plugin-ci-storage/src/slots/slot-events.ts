import type { LoadOrder, Progress } from '../transport/slot-transport.ts';

/** How a load or a store goes on. */
export type SlotEvent =
  | { readonly phase: 'connect' | 'list' | 'clean-up' }
  | { readonly phase: 'choose'; readonly slot: string }
  | ({ readonly phase: 'transfer' } & Progress)
  /** One was sent or deleted; `change` says it as `rsync --itemize-changes` does. Only where `changes` are asked for. */
  | { readonly phase: 'file'; readonly change: string }
  /** Nothing that ends it; `message` says what. */
  | { readonly phase: 'warning'; readonly message: string };

/** What every call takes besides. */
export interface CallOptions {
  readonly onEvent?: ((event: SlotEvent) => void) | undefined;
  /** Whether there is an event for every file. @default false */
  readonly changes?: boolean | undefined;
  /** Ends the call; what it has begun is undone where it can be. */
  readonly signal?: AbortSignal | undefined;
}

/** What a transport is to call, so that the caller gets its events. */
export const transferEvents = ({
  onEvent,
  changes = false,
  signal,
}: CallOptions): Pick<LoadOrder, 'onProgress' | 'onFile' | 'onRetry' | 'signal'> => ({
  signal,
  onRetry: (message) => onEvent?.({ phase: 'warning', message }),
  onProgress: (progress) => onEvent?.({ phase: 'transfer', ...progress }),
  ...(changes ? { onFile: (change) => onEvent?.({ phase: 'file', change }) } : {}),
});
