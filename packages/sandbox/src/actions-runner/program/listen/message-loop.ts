import { delay, randomSeconds } from '../io/delay.ts';
import type { Terminal } from '../io/terminal.ts';
import { OAuthError } from '../server/access-token.ts';
import type { Broker, BrokerMessage } from '../server/broker.ts';
import { ServiceError } from '../server/service-client.ts';

export interface MessageSource {
  readonly broker: Broker;
  readonly terminal: Terminal;
  /** What the next poll says about this runner. */
  status(): 'Online' | 'Busy';
  /** Aborts when `status` changes, so that the server hears of it: a new signal each time. */
  statusChange(): AbortSignal;
  readonly stop: AbortSignal;
  /** A fault: no further poll follows the first one that ends. */
  readonly pollsOnce: boolean;
  /** A fault: the process stands still after a poll without a message. */
  readonly freezes: boolean;
}

/** Why the loop ended of itself. */
export type LoopEnd =
  | { readonly kind: 'runner-not-found' | 'deprecated'; readonly message: string }
  | { readonly kind: 'updating' }
  | { readonly kind: 'failed'; readonly message: string; readonly retryable: boolean };

/** The genuine runner counts the errors of its whole life: a successful poll does not reset the count. */
const MOST_ERRORS = 10;

const TOKEN_TRIES = 5;

/** Hands every message to `handle`, until `stop` aborts or no further poll makes sense. */
export async function pumpMessages(
  source: MessageSource,
  handle: (message: BrokerMessage) => Promise<LoopEnd | undefined | void>,
): Promise<LoopEnd | undefined> {
  const { terminal, stop } = source;
  let errors = 0;
  let inStreak = false;
  while (!stop.aborted) {
    try {
      const message = await pollOnce(source);
      inStreak = false;
      const over = message && (await handle(message));
      if (over !== undefined) return over;
      if (source.freezes && message === undefined) freeze();
      if (source.pollsOnce) await hangUntil(stop);
    } catch (error) {
      if (stop.aborted) break;
      const end = endOf(error);
      if (end !== undefined) return end;
      errors += 1;
      const text = (error as Error).message;
      if (errors === MOST_ERRORS) return { kind: 'failed', message: text, retryable: true };
      if (!inStreak) {
        terminal.errorEvent(`Runner connect error: ${text}. Retrying until reconnected.`);
      }
      inStreak = true;
      await delay(errors <= 5 ? randomSeconds(15, 30) : randomSeconds(30, 60), stop);
    }
  }
  return undefined;
}

/** One poll; undefined when the server had nothing, or when it is time to poll with another status. */
async function pollOnce(source: MessageSource): Promise<BrokerMessage | undefined> {
  const { broker, stop } = source;
  for (let attempt = 1; ; attempt += 1) {
    const change = source.statusChange();
    try {
      return await broker.poll(source.status(), AbortSignal.any([stop, change]));
    } catch (error) {
      if (stop.aborted) throw error;
      if (change.aborted) return undefined;
      if (!(error instanceof OAuthError) || attempt === TOKEN_TRIES) throw error;
      await delay(randomSeconds(5, 15), stop);
    }
  }
}

/** Keeps the process alive as well. */
async function hangUntil(stop: AbortSignal): Promise<void> {
  while (!stop.aborted) await delay(60_000, stop);
}

/** Blocks the thread that handles signals as well. */
function freeze(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function endOf(error: unknown): LoopEnd | undefined {
  if (!(error instanceof ServiceError)) return undefined;
  if (error.kind === 'RunnerNotFound') {
    return { kind: 'runner-not-found', message: error.message };
  }
  if (error.kind === 'RunnerVersionTooOld') return { kind: 'deprecated', message: error.message };
  if (error.status !== 401 && error.status !== 403) return undefined;
  const message = 'Get next message failed with non-retryable error.';
  return { kind: 'failed', message, retryable: false };
}
