import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../errors/describe-error.ts';
import { RunnerError } from '../errors/runner-error.ts';
import type { Acquisition } from '../hooks/tap-context.ts';

/** Everything that was acquired, by whom, and how to give it back. */
export interface ReleaseStack {
  /**
   * Acquires something and remembers its release.
   *
   * @throws RunnerError CONTEXT_CLOSED when the close has begun; what was acquired meanwhile is released at once.
   */
  own<Resource>(owner: string, acquisition: Acquisition<Resource>): Promise<Resource>;
  /** How many releases are remembered. */
  readonly size: number;
  /** Releases everything, newest first, also after failures. Later calls wait for the first. */
  releaseAll(): Promise<readonly RunnerError[]>;
}

const DEFAULT_DEADLINE_MS = 30_000;

/** An acquisition under way when the close begins is waited for this long, so that it can be released too. */
const PENDING_LIMIT_MS = 10_000;

/** The settings of {@link createReleaseStack}. */
export interface ReleaseStackOptions {
  /** How long acquisitions under way are waited for, in milliseconds. @default 10000 */
  readonly pendingLimitMs?: number;
}

interface Entry {
  readonly owner: string;
  readonly what: string;
  readonly deadlineMs: number | false;
  readonly release: () => Promise<void>;
}

const withDeadline = async (entry: Entry): Promise<void> => {
  const work = entry.release();
  if (entry.deadlineMs === false) return work;
  const ended = new AbortController();
  const limit = sleep(entry.deadlineMs, undefined, { signal: ended.signal }).then(() => {
    throw new Error(`did not end within ${entry.deadlineMs} ms`);
  });
  work.catch(() => {});
  limit.catch(() => {});
  try {
    return await Promise.race([work, limit]);
  } finally {
    ended.abort();
  }
};

const releaseEntry = async (entry: Entry): Promise<RunnerError | undefined> => {
  try {
    await withDeadline(entry);
    return undefined;
  } catch (cause) {
    return new RunnerError(
      'RELEASE_FAILED',
      `Plugin "${entry.owner}" could not release ${entry.what}: ${describeError(cause)}`,
      { cause, plugin: entry.owner },
    );
  }
};

/** Makes an empty stack. */
export const createReleaseStack = ({
  pendingLimitMs = PENDING_LIMIT_MS,
}: ReleaseStackOptions = {}): ReleaseStack => {
  const entries = new Set<Entry>();
  const pending = new Map<Promise<unknown>, { owner: string; what: string }>();
  const errors: RunnerError[] = [];
  let closing: Promise<readonly RunnerError[]> | undefined;

  const release = async (entry: Entry): Promise<RunnerError | undefined> => {
    const error = await releaseEntry(entry);
    if (error) errors.push(error);
    return error;
  };

  /** What may still be there is kept for the close. */
  const forgetAfter = async (entry: Entry, end: Promise<unknown> | undefined): Promise<void> => {
    if (end === undefined) return;
    await end.then(
      () => entries.delete(entry),
      () => {},
    );
  };

  const acquire = async <Resource>(
    owner: string,
    acquisition: Acquisition<Resource>,
  ): Promise<Resource> => {
    const refused = (cause?: RunnerError): RunnerError =>
      new RunnerError(
        'CONTEXT_CLOSED',
        `Plugin "${owner}" acquired ${acquisition.what} after the close had begun`,
        { plugin: owner, ...(cause && { cause }) },
      );
    if (closing) throw refused();
    const resource = await acquisition.acquire();
    const entry: Entry = {
      owner,
      what: acquisition.what,
      deadlineMs: acquisition.releaseDeadlineMs ?? DEFAULT_DEADLINE_MS,
      release: async () => acquisition.release(resource),
    };
    if (!closing) {
      entries.add(entry);
      void forgetAfter(entry, acquisition.until?.(resource));
      return resource;
    }
    throw refused(await release(entry));
  };

  /** An acquisition that never ends cannot be released: what it is about is all that can be said. */
  const drainPending = async (): Promise<void> => {
    if (pending.size === 0) return;
    // The timer keeps the process alive: it must not end before the releases that follow.
    const ended = new AbortController();
    const limit = sleep(pendingLimitMs, undefined, { signal: ended.signal }).catch(() => {});
    await Promise.race([Promise.allSettled(pending.keys()), limit]);
    ended.abort();
    for (const { owner, what } of pending.values()) {
      const message = `Plugin "${owner}" still acquires ${what} after ${pendingLimitMs} ms: it may be left behind`;
      errors.push(new RunnerError('RELEASE_FAILED', message, { plugin: owner }));
    }
  };

  const releaseEverything = async (): Promise<readonly RunnerError[]> => {
    await drainPending();
    for (const entry of [...entries].toReversed()) {
      // It may have ended while another one was released.
      if (entries.delete(entry)) await release(entry);
    }
    return errors;
  };

  return {
    get size() {
      return entries.size;
    },
    own: async (owner, acquisition) => {
      const work = acquire(owner, acquisition);
      pending.set(work, { owner, what: acquisition.what });
      try {
        return await work;
      } finally {
        pending.delete(work);
      }
    },
    releaseAll: async () => {
      closing ??= Promise.resolve().then(releaseEverything);
      return closing;
    },
  };
};
