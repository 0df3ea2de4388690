import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import type { HookTrace, Logger } from '@ci-runner/core';
import type { PrewarmTrace } from '@ci-runner/plugin-ci-storage';

/** The fields of the line that tells of a tap which has ended. */
export interface TapFields extends HookTrace {
  readonly event: 'tap';
  readonly ms: number;
  /** Whether it ended without a failure. */
  readonly ok: boolean;
}

/** The fields of a line that tells how far a prewarm is. */
export interface SampleFields extends PrewarmTrace {
  readonly event: 'prewarm-sample';
}

/** rsync tells more often than anybody can see. */
const SAMPLE_EVERY_MS = 50;

const none = (): void => {};

const traceTaps = (log: Logger): (() => void) => {
  const channel = tracingChannel<'ci-runner:hook', HookTrace>('ci-runner:hook');
  const starts = new WeakMap<HookTrace, number>();
  const subscribers = {
    start: (trace: HookTrace) => void starts.set(trace, performance.now()),
    end: none,
    error: none,
    asyncStart: none,
    asyncEnd: (trace: HookTrace) => {
      const { hook, plugin } = trace;
      const now = performance.now();
      const ms = Math.round(now - (starts.get(trace) ?? now));
      const fields: TapFields = { event: 'tap', hook, plugin, ms, ok: !('error' in trace) };
      log.info(`${plugin} took ${ms} ms in ${hook}`, { ...fields });
    },
  };
  channel.subscribe(subscribers);
  return () => {
    channel.unsubscribe(subscribers);
  };
};

const tracePrewarm = (log: Logger): (() => void) => {
  let toldAt = -SAMPLE_EVERY_MS;
  const onMessage = (message: unknown): void => {
    const trace = message as PrewarmTrace;
    // The time of a second prewarm begins anew.
    if (trace.ms >= toldAt && trace.ms < toldAt + SAMPLE_EVERY_MS) return;
    toldAt = trace.ms;
    const fields: SampleFields = { event: 'prewarm-sample', ...trace };
    log.info(`prewarm: ${trace.bytes} bytes after ${trace.ms} ms`, { ...fields });
  };
  subscribe('ci-runner:prewarm', onMessage);
  return () => {
    unsubscribe('ci-runner:prewarm', onMessage);
  };
};

/** Logs how long each tap takes, and how far the prewarm is. The function returned stops that. */
export const traceRun = (log: Logger): (() => void) => {
  const stops = [traceTaps(log), tracePrewarm(log)];
  return () => {
    for (const stop of stops) stop();
  };
};
