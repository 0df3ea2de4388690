import type { Datum } from './metric-datum.ts';
import { MOST_METRICS, nextBatch } from './next-batch.ts';

/** Makes one request. */
export type Send = (
  namespace: string,
  data: readonly Datum[],
  signal: AbortSignal,
) => Promise<void>;

/** How a request failed. */
export type Failure = 'refused data' | 'not now';

/** What became of a request. */
export interface RequestOutcome {
  readonly namespace: string;
  /** `waits`: the data stay in the queue; `given up`: CloudWatch will never take them. */
  readonly became: 'published' | 'waits' | 'given up';
  /** Why they were not published. */
  readonly error?: unknown;
}

/** What {@link createPublisher} needs. */
export interface PublisherSpec {
  readonly send: Send;
  /** Whether the data are at fault, so that sending them again is in vain. */
  readonly judge: (error: unknown) => Failure;
  readonly told: (outcome: RequestOutcome) => void;
}

/** Publishes data points in order, and keeps those that cannot be published yet. */
export interface Publisher {
  add(data: readonly Datum[]): void;
  /** Publishes what waits, until a request of every namespace fails or `signal` aborts. Never rejects; one runs at a time. */
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

/** So many requests may look for the data at fault in one flush; then what they are among is given up together. */
const MOST_REFUSALS = 40;

/** Makes a publisher with an empty queue. */
export const createPublisher = ({ send, judge, told }: PublisherSpec): Publisher => {
  let queue: readonly Datum[] = [];
  let dropped = 0;
  let published = 0;
  let running: Promise<void> | undefined;

  /** Answers how many were still there: a full queue may have dropped them meanwhile. */
  const remove = (batch: readonly Datum[]): number => {
    const gone = new Set(batch);
    const before = queue.length;
    queue = queue.filter((datum) => !gone.has(datum));
    return before - queue.length;
  };
  const trySend = async (
    namespace: string,
    batch: readonly Datum[],
    signal: AbortSignal,
  ): Promise<Failure | 'published' | { readonly refusal: unknown }> => {
    try {
      await send(namespace, batch, signal);
    } catch (error) {
      if (signal.aborted) return 'not now';
      if (judge(error) === 'refused data') return { refusal: error };
      told({ namespace, became: 'waits', error });
      return 'not now';
    }
    published += batch.length;
    dropped -= batch.length - remove(batch);
    told({ namespace, became: 'published' });
    return 'published';
  };
  /** One request takes all or nothing, so that what is at fault is looked for by halves. */
  const sendNamespace = async (namespace: string, signal: AbortSignal): Promise<void> => {
    let most = MOST_METRICS;
    let refusals = 0;
    while (!signal.aborted) {
      const batch = nextBatch(queue, namespace, most);
      if (batch.length === 0) return;
      const result = await trySend(namespace, batch, signal);
      if (result === 'not now') return;
      if (typeof result === 'string') continue;
      refusals += 1;
      if (batch.length > 1 && refusals < MOST_REFUSALS) {
        most = Math.ceil(batch.length / 2);
      } else {
        most = MOST_METRICS;
        dropped += remove(batch);
        told({ namespace, became: 'given up', error: result.refusal });
      }
    }
  };
  const sendAll = async (signal: AbortSignal): Promise<void> => {
    // The rights may allow one namespace and not the other.
    const namespaces = new Set(queue.map(({ namespace }) => namespace));
    for (const namespace of namespaces) await sendNamespace(namespace, signal);
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
