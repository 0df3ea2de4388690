import { channel } from 'node:diagnostics_channel';
import type { Clock, Logger } from '@ci-runner/core';
import type { Progress, SlotTransport, Transferred } from './transport/slot-transport.ts';

const PROGRESS_EVERY_MS = 3_000;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const count = (files: number): string => `${files.toLocaleString('en-US')} files`;
const perSecond = (bytes: number, ms: number): number =>
  Math.round((bytes / Math.max(ms, 1)) * 1e3);

const NOTHING: Transferred = { files: 0, bytes: 0 };

/** What a subscriber of the channel `ci-runner:prewarm` receives, as often as the transport tells how far it is. */
export interface PrewarmTrace extends Progress {
  /** Since the prewarm began. */
  readonly ms: number;
}

const traces = channel('ci-runner:prewarm');

/** Tells how a prewarm goes. */
export interface Report {
  progress(progress: Progress): void;
  loaded(id: string, transferred: Transferred): void;
  empty(path: string): void;
  /** The runner starts with nothing loaded. */
  failed(why: string): void;
}

/** How a prewarm has ended. */
export interface PrewarmEnd {
  /** `empty`: the storage has no slot yet. */
  readonly outcome: 'loaded' | 'empty' | 'failed';
  readonly files: number;
  readonly bytes: number;
  readonly ms: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What {@link createReport} needs. */
export interface ReportSpec {
  readonly log: Logger;
  readonly clock: Clock;
  readonly transport: Pick<SlotTransport, 'name' | 'place'>;
  readonly onEnd: (end: PrewarmEnd) => void;
}

/** Makes the report of a prewarm that begins now. */
export const createReport = ({ log, clock, transport, onEnd }: ReportSpec): Report => {
  const { name, place } = transport;
  const startedAt = clock.now();
  const elapsed = (): number => clock.now() - startedAt;
  const nothing = { event: 'prewarm', files: 0, bytes: 0, transport: name };
  let toldAt = startedAt;
  const end = (outcome: PrewarmEnd['outcome'], { files, bytes }: Transferred = NOTHING): number => {
    const ms = elapsed();
    onEnd({ outcome, files, bytes, ms, at: clock.now() });
    return ms;
  };
  return {
    progress: ({ percent, files, bytes }) => {
      if (traces.hasSubscribers) {
        traces.publish({ percent, files, bytes, ms: elapsed() } satisfies PrewarmTrace);
      }
      if (clock.now() - toldAt < PROGRESS_EVERY_MS) return;
      toldAt = clock.now();
      const bytesPerSecond = perSecond(bytes, elapsed());
      const known = [
        ...(percent === undefined ? [] : [`${percent} %`]),
        ...(files === undefined ? [] : [count(files)]),
      ];
      log.info(
        `prewarm: ${[...known, megabytes(bytes), `${megabytes(bytesPerSecond)}/s`].join(', ')}`,
        { event: 'prewarm-progress', percent, files, bytes, bytesPerSecond },
      );
    },
    loaded: (id, { files, bytes }) => {
      const ms = end('loaded', { files, bytes });
      log.info(
        `prewarm: slot ${id} is loaded from ${place}: ${count(files)}, ${megabytes(bytes)} ` +
          `in ${(ms / 1e3).toFixed(1)} s, ${megabytes(perSecond(bytes, ms))}/s`,
        { event: 'prewarm', ok: true, files, bytes, ms, transport: name, slot: id },
      );
    },
    empty: (path) => {
      log.info(`prewarm: ${place} has no slot in ${path} yet: the runner starts cold`, {
        ...nothing,
        ok: true,
        ms: end('empty'),
      });
    },
    failed: (why) => {
      log.warn(`prewarm: ${why}: the runner starts cold`, {
        ...nothing,
        ok: false,
        ms: end('failed'),
      });
    },
  };
};
