import type { RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import type { Candidate } from './candidates.ts';
import { isHostDown, type OpenRelay } from './relay.ts';
import {
  connectClient,
  keepNewest,
  sendUpstream,
  type Client,
  type ClientEvents,
} from './udp-client.ts';
import { bindUdp } from './udp-socket.ts';

/** A client that sends and gets nothing for this long is forgotten; a later datagram of it begins anew. */
export const CLIENT_IDLE_MS = 120_000;

/** Each client holds a file descriptor. When there are more, the one that was silent for longest is forgotten. */
export const MOST_CLIENTS = 1_000;

const longestSilent = (clients: ReadonlyMap<string, Client>): string | undefined => {
  let found: [string, Client] | undefined;
  for (const entry of clients) if (!found || entry[1].lastSeen < found[1].lastSeen) found = entry;
  return found?.[0];
};

const keyOf = ({ address, port }: { address: string; port: number }): string =>
  `${address} ${port}`;

/** Carries UDP datagrams: one upstream socket a client, so that replies find their way back. */
export const openUdpRelay: OpenRelay = async ({ address, port, candidates, descriptors }) => {
  const listener = await bindUdp(address, port);
  const clients = new Map<string, Client>();
  const held: [Buffer, RemoteInfo][] = [];
  const traffic = { total: 0, bytesSent: 0, bytesReceived: 0 };
  let latest: Client | undefined;

  const forget = (key: string): void => {
    const client = clients.get(key);
    if (!client) return;
    clients.delete(key);
    if (client === latest) latest = undefined;
    client.upstream.close();
    descriptors.give(1);
  };
  const forgetSilent = (): void => {
    const silent = longestSilent(clients);
    if (silent !== undefined) forget(silent);
  };

  const judge = ({ candidate }: Client, up: boolean): void => candidates.mark(candidate, up);
  /** Leads the client to the first address, if it leads elsewhere; answers whether it did. */
  const rehome = (client: Client): boolean => {
    const first = candidates.first();
    if (!first || client.candidate === first) return false;
    client.upstream.close();
    connectClient(client, first, port, events);
    return true;
  };
  const events: ClientEvents = {
    replied: (client, message) => {
      client.lastSeen = performance.now();
      judge(client, true);
      traffic.bytesReceived += message.length;
      listener.send(message, client.port, client.address, () => {});
    },
    failed: (client, error) => {
      const refused = isHostDown(error);
      if (refused) judge(client, false);
      const isConnected = client.waiting === undefined;
      // A socket whose datagrams are refused can be used on; one that was never connected cannot.
      if ((refused && isConnected) || clients.get(keyOf(client)) !== client) return;
      if (!rehome(client)) forget(keyOf(client));
    },
    // An earlier datagram was refused, and this one paid for it: it gets another chance.
    unsent: (client, message, error) => {
      if (!isHostDown(error) || clients.get(keyOf(client)) !== client) return;
      judge(client, false);
      rehome(client);
      sendUpstream(client, message, { ...events, unsent: () => {} });
    },
  };

  /** Undefined when no descriptor can be had for it. */
  const admit = (key: string, from: RemoteInfo, first: Candidate): Client | undefined => {
    let isFree = clients.size < MOST_CLIENTS && descriptors.take(1);
    if (!isFree) {
      forgetSilent();
      isFree = descriptors.take(1);
    }
    if (!isFree) return undefined;
    traffic.total += 1;
    const client = { address: from.address, port: from.port, lastSeen: 0 } as Client;
    connectClient(client, first, port, events);
    clients.set(key, client);
    return client;
  };
  const find = (from: RemoteInfo, first: Candidate): Client | undefined => {
    // Datagrams of one client come in bursts.
    if (latest?.port === from.port && latest.address === from.address) return latest;
    const key = keyOf(from);
    latest = clients.get(key) ?? admit(key, from, first);
    return latest;
  };
  const pass = (message: Buffer, from: RemoteInfo): void => {
    const first = candidates.first();
    if (!first) return keepNewest(held, [message, from]);
    const client = find(from, first);
    if (!client) return undefined;
    rehome(client);
    client.lastSeen = performance.now();
    traffic.bytesSent += message.length;
    return sendUpstream(client, message, events);
  };

  // Such as a client that is gone when its reply comes.
  listener.on('error', () => {});
  listener.on('message', pass);

  const sweep = setInterval(() => {
    const oldest = performance.now() - CLIENT_IDLE_MS;
    for (const [key, { lastSeen }] of clients) if (lastSeen < oldest) forget(key);
  }, CLIENT_IDLE_MS / 4);
  sweep.unref();

  return {
    traffic: () => ({ open: clients.size, ...traffic }),
    moved: () => {
      for (const [message, from] of held.splice(0)) pass(message, from);
    },
    close: async () => {
      clearInterval(sweep);
      for (const key of clients.keys()) forget(key);
      const closed = once(listener, 'close');
      listener.close();
      await closed;
    },
  };
};
