import type { Logger } from '../log/logger.ts';
import type { Clock } from '../effects/clock.ts';
import type { Job, Registration } from '../hooks/events.ts';
import type { RunMeter } from '../metrics/run-meter.ts';

/** The phases of a run, in order. */
export type PhaseName =
  | 'configure'
  | 'prepare system'
  | 'prepare workspace'
  | 'register'
  | 'serve'
  | 'drain'
  | 'close';

/** How far a run has come; whoever moves it on writes it down here. */
export interface Progress {
  /** The phase that began last. */
  phase: PhaseName;
  /** When it began, in milliseconds since the epoch. */
  since: number;
  registration: Registration | undefined;
  job: Job | undefined;
}

/** What a phase tells of itself. */
export interface PhaseDeps {
  readonly log: Logger;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly meter: RunMeter;
}

/** Runs one phase, and logs how long it took, also when it failed. */
export const runPhase = async <Result>(
  name: PhaseName,
  deps: PhaseDeps,
  work: () => Promise<Result>,
): Promise<Result> => {
  const start = deps.clock.now();
  Object.assign(deps.progress, { phase: name, since: start } satisfies Partial<Progress>);
  let ok = false;
  try {
    const result = await work();
    ok = true;
    return result;
  } finally {
    const ms = Math.round(deps.clock.now() - start);
    deps.meter.phaseEnded(name, ms);
    deps.log.info(`phase ${name} took ${ms} ms`, { event: 'phase', name, ms, ok });
  }
};
