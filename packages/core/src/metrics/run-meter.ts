import type { Clock } from '../effects/clock.ts';
import type { Drained } from '../hooks/events.ts';
import { stockSample, type MetricName } from './catalogue.ts';
import type { Sample } from './sample.ts';

/** Measures one run. What it has counted is handed out once. */
export interface RunMeter {
  /** A phase of the run has ended, after this many milliseconds. */
  phaseEnded(name: string, ms: number): void;
  /** GitHub knows the runner: from now on it is busy or free. */
  registered(): void;
  /** The runner is to be registered, for the first time or anew: it is neither. */
  unregistered(): void;
  /** A job was taken; saying it again changes nothing until the job has ended. */
  jobStarted(): void;
  /** The job has ended; without a result when nobody reported one. Where there is no job, nothing changes. */
  jobEnded(result?: string): void;
  /** A drain that was requested at this time, in milliseconds since the epoch, is over; undefined when it failed. */
  drainEnded(requestedAt: number, drained: Drained | undefined): void;
  /** The samples since it was called last. */
  take(): readonly Sample[];
}

/** What a meter reads. */
export interface MeterSources {
  readonly clock: Clock;
  /** The resident set of this process in bytes. */
  readonly residentBytes: () => number;
}

/** Phases before the runner is registered. */
const BOOT_PHASES: ReadonlySet<string> = new Set([
  'configure',
  'prepare system',
  'prepare workspace',
]);

/** As a job's result when nobody reported its end. */
const UNKNOWN = 'Unknown';

const outcomeOf = (drained: Drained | undefined): string => {
  if (drained === undefined) return 'failed';
  return drained.deregistered ? 'deregistered' : 'still registered';
};

/** Makes the meter of one run. */
export const createRunMeter = ({ clock, residentBytes }: MeterSources): RunMeter => {
  let waiting: Sample[] = [];
  let started = 0;
  let completed = new Map<string, number>();
  /** Since when `measuredMs` does not count yet; undefined while nothing is registered. */
  let measuredFrom: number | undefined;
  let measuredMs = 0;
  let busyFrom: number | undefined;
  let jobFrom = 0;
  let busyMs = 0;

  const keep = (name: MetricName, ms: number, dimensions?: Record<string, string>): void => {
    waiting.push(
      stockSample(name, {
        // The machine's clock can be set back.
        value: Math.max(0, ms / 1_000),
        at: clock.now(),
        ...(dimensions && { dimensions }),
      }),
    );
  };

  const measureUntil = (now: number): void => {
    if (measuredFrom === undefined) return;
    measuredMs += now - measuredFrom;
    measuredFrom = now;
  };

  const takeShare = (now: number): readonly Sample[] => {
    measureUntil(now);
    if (busyFrom !== undefined) {
      busyMs += now - busyFrom;
      busyFrom = now;
    }
    const elapsed = measuredMs;
    // The machine's clock can be set back.
    const value = Math.min(100, Math.max(0, (busyMs / elapsed) * 100));
    measuredMs = 0;
    busyMs = 0;
    return elapsed > 0 ? [stockSample('ActiveRunnersPercent', { value, at: now })] : [];
  };

  const takeCounts = (at: number): readonly Sample[] => {
    const samples = [...completed].map(([result, value]) =>
      stockSample('JobsCompleted', { value, at, dimensions: { Result: result } }),
    );
    if (started > 0) samples.unshift(stockSample('JobsStarted', { value: started, at }));
    started = 0;
    completed = new Map();
    return samples;
  };

  const residentAt = (at: number): readonly Sample[] => {
    try {
      return [stockSample('SupervisorResidentBytes', { value: residentBytes(), at })];
    } catch {
      // Node reads it from a file of /proc: where no descriptor is left the other samples must not be lost as well.
      return [];
    }
  };

  return {
    phaseEnded: (name, ms) => {
      if (BOOT_PHASES.has(name)) keep('BootPhaseSeconds', ms, { Phase: name });
      if (name === 'register') keep('RegistrationSeconds', ms);
    },
    registered: () => {
      measuredFrom ??= clock.now();
    },
    unregistered: () => {
      measureUntil(clock.now());
      measuredFrom = undefined;
    },
    jobStarted: () => {
      if (busyFrom !== undefined) return;
      busyFrom = jobFrom = clock.now();
      started += 1;
    },
    jobEnded: (result = UNKNOWN) => {
      if (busyFrom === undefined) return;
      const now = clock.now();
      busyMs += now - busyFrom;
      busyFrom = undefined;
      completed.set(result, (completed.get(result) ?? 0) + 1);
      keep('JobSeconds', now - jobFrom, { Result: result });
    },
    drainEnded: (requestedAt, drained) =>
      keep('DrainSeconds', clock.now() - requestedAt, { Outcome: outcomeOf(drained) }),
    take: () => {
      const now = clock.now();
      const events = waiting;
      waiting = [];
      return [...takeShare(now), ...takeCounts(now), ...events, ...residentAt(now)];
    },
  };
};
