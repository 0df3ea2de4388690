import { once } from 'node:events';
import { connect } from 'node:net';
import { describeError } from '@ci-runner/core';
import { inBackground, type Forwarding } from './forwarding.ts';
import type { Forward } from './settings/forward-spec.ts';

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

const warnOfUnknown = ({ context, targets, forwards }: Forwarding): void => {
  const hosts = new Set(forwards.flatMap((forward) => forward.hosts));
  for (const host of hosts) {
    if (targets.addressOf(host) !== undefined) continue;
    context.log.warn(`${host} has no address yet: nothing is forwarded to it until it has one`);
  }
};

/** Hears of every TCP service whether it accepts. */
type NoteHealth = (forward: Forward, host: string, up: boolean) => void;

/**
 * Connects once to every TCP service, beside the boot, and warns about those that do not accept. The forwards stay: the
 * service may come up later.
 */
export const warnUnreachable = async (
  forwarding: Forwarding,
  noteHealth: NoteHealth,
): Promise<void> => {
  const { context, targets, forwards } = forwarding;
  warnOfUnknown(forwarding);
  const services = forwards
    .filter(({ protocol }) => protocol === 'tcp')
    .flatMap((forward) => forward.hosts.map((host) => ({ forward, host })));
  if (services.length === 0) return;
  await inBackground(forwarding, 'the connection test of all services', async (closing) => {
    const test = async (forward: Forward, host: string): Promise<void> => {
      const address = targets.addressOf(host);
      if (address === undefined) return;
      try {
        await tryConnect(address, forward.port, closing);
        noteHealth(forward, host, true);
      } catch (error) {
        if (closing.aborted) return;
        context.log.warn(
          `${host}:${forward.port} cannot be reached now: ${describeError(error)}; the forward stays`,
        );
        noteHealth(forward, host, false);
      }
    };
    await Promise.all(services.map(async ({ forward, host }) => test(forward, host)));
  });
};
