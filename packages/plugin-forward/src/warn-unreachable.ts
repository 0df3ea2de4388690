import { once } from 'node:events';
import { connect } from 'node:net';
import { describeError } from '@ci-runner/core';
import { inBackground, type Forwarding } from './forwarding.ts';
import type { PortForward } from './parse-ports.ts';

/** A service that does not accept within this time is reported as unreachable. */
const CONNECT_LIMIT_MS = 5_000;

const tryConnect = async (host: string, port: number, closing: AbortSignal): Promise<void> => {
  const socket = connect({ host, port });
  const signal = AbortSignal.any([closing, AbortSignal.timeout(CONNECT_LIMIT_MS)]);
  try {
    await once(socket, 'connect', { signal });
  } catch (error) {
    throw signal.aborted
      ? new Error(`no answer within ${CONNECT_LIMIT_MS} ms`, { cause: error })
      : error;
  } finally {
    // What a socket reports after it was given up has no reader.
    socket.on('error', () => {});
    socket.destroy();
  }
};

/**
 * Connects once to every TCP service, beside the boot, and warns about those that do not accept. The forwards stay: the
 * service may come up later.
 */
export const warnUnreachable = async (
  forwarding: Forwarding,
  forwards: readonly PortForward[],
): Promise<void> => {
  const { context, target } = forwarding;
  const address = target.address();
  if (address === undefined) {
    context.log.warn(
      `${target.host} has no address to forward to yet: connections to its ports are refused until it has one`,
    );
    return;
  }
  const tcp = forwards.filter(({ protocol }) => protocol === 'tcp');
  await inBackground(forwarding, `the connection test of ${target.host}`, async (closing) => {
    const test = async ({ port }: PortForward): Promise<void> => {
      try {
        await tryConnect(address, port, closing);
      } catch (error) {
        if (closing.aborted) return;
        context.log.warn(
          `${target.host}:${port} cannot be reached now: ${describeError(error)}; the forward stays`,
        );
      }
    };
    await Promise.all(tcp.map(test));
  });
};
