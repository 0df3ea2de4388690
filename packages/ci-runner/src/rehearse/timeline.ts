import type { LogRecord } from './supervisor.ts';

/** Something that took a while. Times are in milliseconds, `at` since the supervisor's configuration began. */
export interface Span {
  readonly at: number;
  readonly ms: number;
}

/** A phase of the supervisor. */
export interface PhaseSpan extends Span {
  readonly name: string;
}

/** A plugin's tap of a hook. */
export interface TapSpan extends Span {
  readonly hook: string;
  readonly plugin: string;
  readonly ok: boolean;
}

/** A job, as the supervisor saw it. */
export interface JobSpan extends Span {
  readonly name: string;
  readonly result: string;
}

/** How far the prewarm was at a moment; what travels is an archive, which is larger than the files in it. */
export interface PrewarmSample {
  readonly at: number;
  readonly bytes: number;
}

/** What happened when. */
export interface Timeline {
  readonly phases: readonly PhaseSpan[];
  readonly taps: readonly TapSpan[];
  readonly jobs: readonly JobSpan[];
  readonly prewarm: readonly PrewarmSample[];
}

const numberOf = (record: LogRecord, field: string): number => Number(record[field] ?? 0);
const textOf = (record: LogRecord, field: string): string => {
  const value = record[field];
  return typeof value === 'string' ? value : '';
};
const timeOf = (record: LogRecord): number => Date.parse(textOf(record, 'time'));

/** Reads the timeline from the log of a supervisor that was started with `--trace`. */
export const readTimeline = (records: readonly LogRecord[]): Timeline => {
  const of = (event: string): LogRecord[] => records.filter((record) => record.event === event);
  const [first] = of('phase');
  const zero = first === undefined ? 0 : timeOf(first) - numberOf(first, 'ms');
  const spanOf = (record: LogRecord): Span => {
    const ms = numberOf(record, 'ms');
    return { at: Math.max(0, timeOf(record) - ms - zero), ms };
  };
  return {
    phases: of('phase').map((record) => ({ ...spanOf(record), name: textOf(record, 'name') })),
    taps: of('tap').map((record) => ({
      ...spanOf(record),
      hook: textOf(record, 'hook'),
      plugin: textOf(record, 'plugin'),
      ok: record['ok'] === true,
    })),
    jobs: of('job-finished').map((record) => ({
      ...spanOf(record),
      name: textOf(record, 'name'),
      result: textOf(record, 'result'),
    })),
    prewarm: of('prewarm-sample').map((record) => ({
      at: timeOf(record) - zero,
      bytes: numberOf(record, 'bytes'),
    })),
  };
};
