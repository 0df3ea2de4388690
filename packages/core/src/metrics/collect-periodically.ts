import type { RunnerConfig } from '../config/define-config.ts';
import type { Clock } from '../effects/clock.ts';
import { isAbortOf } from '../errors/is-abort-of.ts';
import type { RunnerError } from '../errors/runner-error.ts';
import type { Caller } from '../hooks/guard.ts';
import type { LifecycleHooks } from '../hooks/lifecycle-hooks.ts';
import type { Sample } from './sample.ts';

/** What a collection needs of the run. */
export interface MetricsInput {
  readonly hooks: LifecycleHooks;
  readonly config: RunnerConfig;
  /** Makes the caller whose calls end with `signal`. */
  readonly callerFor: (signal: AbortSignal) => Caller;
  readonly clock: Clock;
  /** Resolves when the runner waits for its first job. */
  readonly booted: Promise<void>;
  /** The core's own samples, each handed out once. */
  readonly own: () => readonly Sample[];
  /** Takes the failures of plugins that measure or publish. */
  readonly report: (errors: readonly RunnerError[]) => void;
}

/** How long the last collection may keep the run from its close. */
const LAST_LIMIT_MS = 3_000;
const GRACE_MS = 1_000;

const collectOnce = async (
  { hooks, config, callerFor, own, report }: MetricsInput,
  signal: AbortSignal,
): Promise<void> => {
  const caller = { ...callerFor(signal), abortGraceMs: GRACE_MS };
  const { items, errors } = await hooks.collectMetrics.call(config, caller);
  report(errors);
  // What is taken now would reach nobody; the last collection takes it.
  if (signal.aborted) return;
  const samples = [...own(), ...items];
  if (samples.length === 0) return;
  const published = await hooks.onMetrics.call(samples, caller);
  report(published.errors);
};

const collectLast = async (input: MetricsInput): Promise<void> => {
  const limit = new AbortController();
  const ended = new AbortController();
  const giveUp = (): void => limit.abort(new Error('the run does not wait for it'));
  input.clock.sleep(LAST_LIMIT_MS, ended.signal).then(giveUp, () => {});
  await collectOnce(input, limit.signal);
  ended.abort();
};

/**
 * Collects samples when the runner is up, where that takes no longer than a period, and then each `metricsSeconds`; hands them
 * to the sinks. What a boot measures of itself waits until it is over, so that it is not slower for being measured.
 *
 * @returns a function that ends this after a last collection, which is given up after 3 s.
 */
export const collectPeriodically = (input: MetricsInput): (() => Promise<void>) => {
  const stop = new AbortController();
  // Who gives up because serving has ended does what is asked.
  const report = (errors: readonly RunnerError[]): void =>
    input.report(errors.filter((error) => !isAbortOf(stop.signal, error)));
  const sleep = async (signal: AbortSignal): Promise<void> =>
    input.clock.sleep(input.config.metricsSeconds * 1_000, signal).catch(() => {});
  const untilFirst = async (): Promise<void> => {
    const enough = new AbortController();
    await Promise.race([input.booted, sleep(AbortSignal.any([stop.signal, enough.signal]))]);
    enough.abort();
  };
  const loop = async (): Promise<void> => {
    await untilFirst();
    while (!stop.signal.aborted) {
      await collectOnce({ ...input, report }, stop.signal);
      await sleep(stop.signal);
    }
  };
  const ended = loop();
  return async () => {
    stop.abort(new Error('the run is over'));
    await ended;
    await collectLast(input);
  };
};
