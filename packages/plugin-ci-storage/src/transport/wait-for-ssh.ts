import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatHost, type StorageHost } from '../parse-host.ts';
import { StorageError } from '../storage-error.ts';

const ATTEMPT_MS = 5_000;
const PAUSE_MS = 250;

/** RFC 4253, section 4.2: a server may send other lines before this one. */
const GREETING = /^SSH-/m;

/** One attempt; resolves to undefined when the server greets, else to what happened instead. */
const attempt = async (
  { host, port }: Pick<StorageHost, 'host' | 'port'>,
  signal: AbortSignal,
): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    const end = (outcome: string | undefined): void => {
      resolve(outcome);
      socket.destroy();
    };
    let received = '';
    socket.setTimeout(ATTEMPT_MS, () => end('no answer'));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (GREETING.test(received)) end(undefined);
      else if (received.length > 10_000) end('it is no ssh server');
    });
    socket.on('error', (error) => end(signal.aborted ? 'no answer' : error.message));
    // A forwarder accepts connections before the host behind it does.
    socket.on('close', () => end('it closes the connection'));
  });

/** How {@link waitForSsh} waits. */
export interface Wait {
  readonly seconds: number;
  readonly signal?: AbortSignal | undefined;
  /** Gets why the first attempt has failed, before others are made. */
  readonly onWait?: ((why: string) => void) | undefined;
}

/**
 * Waits until an ssh server greets at the address: the forward that leads there may come up later than this.
 *
 * @throws StorageError when it has not within `seconds`.
 */
export const waitForSsh = async (
  address: Pick<StorageHost, 'host' | 'port'>,
  { seconds, signal, onWait }: Wait,
): Promise<void> => {
  const timeout = AbortSignal.timeout(seconds * 1_000);
  const limit = signal ? AbortSignal.any([signal, timeout]) : timeout;
  const until = performance.now() + seconds * 1_000;
  for (let isFirst = true; ; isFirst = false) {
    const outcome = await attempt(address, limit);
    signal?.throwIfAborted();
    if (outcome === undefined) return;
    if (performance.now() + PAUSE_MS >= until) {
      const where = `${formatHost(address.host)}:${address.port}`;
      throw new StorageError(
        `${where} did not answer within ${seconds} s (${outcome})`,
        'check CI_STORAGE_HOST, and that the host is up and reachable from here',
      );
    }
    if (isFirst) onWait?.(outcome);
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
};
