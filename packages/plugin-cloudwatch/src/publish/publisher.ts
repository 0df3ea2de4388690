import type { Datum } from './metric-datum.ts';

/** Makes one request. */
export type Send = (
  namespace: string,
  data: readonly Datum[],
  signal: AbortSignal,
) => Promise<void>;

/** How a request failed. */
export type Failure = 'refused data' | 'not now';

/** What {@link createPublisher} needs. */
export interface PublisherSpec {
  readonly send: Send;
  /** Whether the data are at fault, so that sending them again is in vain. */
  readonly judge: (error: unknown) => Failure;
  /** Called after every request: without an error when it succeeded. */
  readonly told: (error?: unknown) => void;
}

/** Publishes data points in order, and keeps those that cannot be published yet. */
export interface Publisher {
  add(data: readonly Datum[]): void;
  /** Publishes what waits, until a request fails or `signal` aborts. Never rejects; one runs at a time. */
  flush(signal: AbortSignal): Promise<void>;
  /** How many wait. */
  readonly waiting: number;
  /** How many were given up: the oldest of a full queue, and what CloudWatch refused. */
  readonly dropped: number;
  /** How many were published. */
  readonly published: number;
}

/** About ten hours of one container. */
export const MOST_WAITING = 10_000;

/** Of a request. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
const MOST_METRICS = 1_000;
const MOST_BYTES = 1_000_000;

/** What JSON adds to the texts of a data point, and its numbers. */
const OVERHEAD_BYTES = 150;
const OVERHEAD_OF_DIMENSION = 24;

const sizeOf = ({ name, dimensions }: Datum): number =>
  Object.entries(dimensions).reduce(
    (sum, pair) => sum + JSON.stringify(pair).length * 3 + OVERHEAD_OF_DIMENSION,
    OVERHEAD_BYTES + name.length,
  );

/** The first data points of the queue that fit one request: those of one namespace. */
const nextBatch = (queue: readonly Datum[]): readonly Datum[] => {
  const batch: Datum[] = [];
  let bytes = 0;
  for (const datum of queue) {
    if (datum.namespace !== queue[0]?.namespace) continue;
    bytes += sizeOf(datum);
    if (batch.length === MOST_METRICS || (bytes > MOST_BYTES && batch.length > 0)) break;
    batch.push(datum);
  }
  return batch;
};

/** Makes a publisher with an empty queue. */
export const createPublisher = ({ send, judge, told }: PublisherSpec): Publisher => {
  let queue: readonly Datum[] = [];
  let dropped = 0;
  let published = 0;
  let running: Promise<void> | undefined;

  /** Answers whether the next request may follow. */
  const sendNext = async (signal: AbortSignal): Promise<boolean> => {
    const batch = new Set(nextBatch(queue));
    const [first] = batch;
    if (first === undefined) return false;
    const remove = (): number => {
      const before = queue.length;
      queue = queue.filter((datum) => !batch.has(datum));
      return before - queue.length;
    };
    try {
      await send(first.namespace, [...batch], signal);
      remove();
      published += batch.size;
      told();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      told(error);
      if (judge(error) === 'not now') return false;
      dropped += remove();
      return true;
    }
  };
  const sendAll = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted && (await sendNext(signal)));
  };

  return {
    add: (data) => {
      const all = [...queue, ...data];
      queue = all.slice(-MOST_WAITING);
      dropped += all.length - queue.length;
    },
    flush: async (signal) => {
      running ??= sendAll(signal).finally(() => {
        running = undefined;
      });
      return running;
    },
    get waiting() {
      return queue.length;
    },
    get dropped() {
      return dropped;
    },
    get published() {
      return published;
    },
  };
};
