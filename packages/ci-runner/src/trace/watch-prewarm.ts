import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { PrewarmTrace } from '@ci-runner/plugin-ci-storage';

/** How far a prewarm is. */
export interface PrewarmSample extends PrewarmTrace {
  readonly event: 'prewarm-sample';
}

/** rsync tells more often than anybody can see. */
const SAMPLE_EVERY_MS = 50;

/** Tells how far the prewarm is, some times a second. The function returned stops that. */
export const watchPrewarm = (take: (sample: PrewarmSample) => void): (() => void) => {
  let toldAt = -SAMPLE_EVERY_MS;
  const onMessage = (message: unknown): void => {
    const trace = message as PrewarmTrace;
    // The time of a second prewarm begins anew.
    if (trace.ms >= toldAt && trace.ms < toldAt + SAMPLE_EVERY_MS) return;
    toldAt = trace.ms;
    take({ event: 'prewarm-sample', ...trace });
  };
  subscribe('ci-runner:prewarm', onMessage);
  return () => {
    unsubscribe('ci-runner:prewarm', onMessage);
  };
};
