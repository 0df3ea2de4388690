import { once } from 'node:events';
import { connect, isIP } from 'node:net';
import { describeError } from '@ci-runner/core';
import { inBackground, type Forwarding } from './forwarding.ts';
import type { Forward } from './settings/forward-spec.ts';
import type { Lead } from './status/lead.ts';

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
    if (targets.addressesOf(host).length > 0) continue;
    context.log.warn(
      isIP(host)
        ? `${host} is this machine, where the ports open: nothing is forwarded to it`
        : `${host} has no address yet: nothing is forwarded to it until it has one`,
    );
  }
};

/** Hears of every address of a TCP service whether it accepts. */
type NoteHealth = (forward: Forward, lead: Lead, up: boolean) => void;

/**
 * Connects once to every address of every TCP service, beside the boot, and warns about the services that do not accept at
 * any. The forwards stay: the service may come up later.
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
    const tryAddress = async (forward: Forward, lead: Lead): Promise<unknown> => {
      const outcome = await tryConnect(lead.address, forward.port, closing).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (!closing.aborted) noteHealth(forward, lead, outcome === undefined);
      return outcome;
    };
    const test = async (forward: Forward, host: string): Promise<void> => {
      const leads = targets.addressesOf(host).map((address) => ({ host, address }));
      const errors = await Promise.all(leads.map(async (lead) => tryAddress(forward, lead)));
      if (closing.aborted || errors.length === 0 || errors.includes(undefined)) return;
      context.log.warn(
        `${host}:${forward.port} cannot be reached now: ${errors.map(describeError).join('; ')}; the forward stays`,
      );
    };
    await Promise.all(services.map(async ({ forward, host }) => test(forward, host)));
  });
};
