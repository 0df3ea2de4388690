import type { RunnerConfig } from '../config/define-config.ts';
import type { Clock } from '../effects/clock.ts';
import type { RunnerError } from '../errors/runner-error.ts';
import type { Caller } from '../hooks/guard.ts';
import type { LifecycleHooks } from '../hooks/lifecycle-hooks.ts';

/** What a collection needs of the run. */
export interface MetricsInput {
  readonly hooks: LifecycleHooks;
  readonly config: RunnerConfig;
  readonly caller: Caller;
  readonly clock: Clock;
  /** Takes the failures of plugins that measure or publish. */
  readonly report: (errors: readonly RunnerError[]) => Promise<void>;
}

/** Between two collections. */
const PERIOD_MS = 60_000;

const collectOnce = async ({ hooks, config, caller, report }: MetricsInput): Promise<void> => {
  const { items, errors } = await hooks.collectMetrics.call(config, caller);
  await report(errors);
  if (items.length === 0) return;
  const published = await hooks.onMetrics.call(items, caller);
  await report(published.errors);
};

/**
 * Collects samples now and every 60 s, and hands them to the sinks.
 *
 * @returns a function that ends this after a last collection.
 */
export const collectPeriodically = (input: MetricsInput): (() => Promise<void>) => {
  const stop = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await collectOnce(input);
      await input.clock.sleep(PERIOD_MS, stop.signal).catch(() => {});
    }
    await collectOnce(input);
  };
  const ended = loop();
  return async () => {
    stop.abort();
    await ended;
  };
};
