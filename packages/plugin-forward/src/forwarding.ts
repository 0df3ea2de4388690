import type { TapContext } from '@ci-runner/core';
import type { PortForward } from './parse-ports.ts';
import type { Target } from './target.ts';

/** What is to be forwarded. */
export interface ForwardPlan {
  readonly host: string;
  readonly forwards: readonly PortForward[];
  readonly engine: 'auto' | 'haproxy' | 'embedded';
  /** Aborts when the runner closes. A drain does not abort it: the last job still needs its services. */
  readonly closing: AbortSignal;
}

/** What the engines work with. */
export interface Forwarding {
  readonly context: TapContext;
  readonly target: Target;
  readonly closing: AbortSignal;
  /** The addresses of this machine on which every port listens. */
  readonly addresses: readonly string[];
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
