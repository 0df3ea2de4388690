import type { TapContext } from '@ci-runner/core';
import type { Forward } from './settings/forward-spec.ts';
import type { ForwardWatch } from './status/forward-watch.ts';
import type { Targets } from './targets/find-targets.ts';

/** What the engines work with. */
export interface Forwarding {
  readonly context: TapContext;
  readonly forwards: readonly Forward[];
  readonly targets: Targets;
  /** Aborts when the runner closes. A drain does not abort it: the last job still needs its services. */
  readonly closing: AbortSignal;
  /** The addresses of this machine on which every port listens. */
  readonly addresses: readonly string[];
  /** Keeps how a forward fares. */
  readonly watchOf: (forward: Forward) => ForwardWatch;
}

/** Runs `work` beside everything else until the runner closes, which waits for its end. */
export const inBackground = async (
  { context, closing }: Pick<Forwarding, 'context' | 'closing'>,
  what: string,
  work: (closing: AbortSignal) => Promise<void>,
): Promise<void> => {
  await context.own({
    what,
    acquire: () => {
      const ended = work(closing).catch((error: unknown) => {
        if (!closing.aborted) context.log.error(`${what} ended: ${String(error)}`);
      });
      return { ended };
    },
    release: async ({ ended }) => ended,
  });
};
