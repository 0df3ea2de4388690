import { tracingChannel } from 'node:diagnostics_channel';
import type { HookTrace, Logger } from '@ci-runner/core';
import { watchPrewarm } from './watch-prewarm.ts';

/** The fields of the line that tells of a tap which has ended. */
export interface TapFields extends HookTrace {
  readonly event: 'tap';
  readonly ms: number;
  /** Whether it ended without a failure. */
  readonly ok: boolean;
}

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

const tracePrewarm = (log: Logger): (() => void) =>
  watchPrewarm((sample) => {
    log.info(`prewarm: ${sample.bytes} bytes after ${sample.ms} ms`, { ...sample });
  });

/** Logs how long each tap takes, and how far the prewarm is. The function returned stops that. */
export const traceRun = (log: Logger): (() => void) => {
  const stops = [traceTaps(log), tracePrewarm(log)];
  return () => {
    for (const stop of stops) stop();
  };
};
