import type { Logger } from '../log/logger.ts';
import type { Clock } from '../effects/clock.ts';

/** The phases of a run, in order. */
export type PhaseName =
  | 'configure'
  | 'prepare system'
  | 'prepare workspace'
  | 'register'
  | 'serve'
  | 'drain'
  | 'close';

/** Runs one phase, and logs how long it took, also when it failed. */
export const runPhase = async <Result>(
  name: PhaseName,
  deps: { readonly log: Logger; readonly clock: Clock },
  work: () => Promise<Result>,
): Promise<Result> => {
  const start = deps.clock.now();
  try {
    return await work();
  } finally {
    const ms = Math.round(deps.clock.now() - start);
    deps.log.info(`phase ${name} took ${ms} ms`, { event: 'phase', name, ms });
  }
};
