import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { OpenRelay } from './relay.ts';

/** A client that sends and gets nothing for this long is forgotten; a later datagram of it begins anew. */
export const CLIENT_IDLE_MS = 120_000;

/** Each client holds a file descriptor. When there are more, the one that was silent for longest is forgotten. */
export const MOST_CLIENTS = 1_000;

interface Client {
  readonly upstream: Socket;
  /** Resolves when the upstream socket can send. */
  readonly connected: Promise<unknown>;
  lastSeen: number;
}

const socketFor = (address: string): Socket => createSocket(isIPv6(address) ? 'udp6' : 'udp4');

const bind = async (address: string, port: number): Promise<Socket> => {
  const socket = socketFor(address);
  try {
    socket.bind({ address, port });
    await once(socket, 'listening');
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
};

/** Carries UDP datagrams in this process: one upstream socket a client, so that replies find their way back. */
export const openUdpRelay: OpenRelay = async ({ address, port, target }) => {
  const listener = await bind(address, port);
  // In the order of their last datagrams: the first is the one that was silent for longest.
  const clients = new Map<string, Client>();

  const forget = (key: string): void => {
    const client = clients.get(key);
    clients.delete(key);
    client?.upstream.close();
  };
  const touch = (key: string, client: Client): void => {
    client.lastSeen = performance.now();
    clients.delete(key);
    clients.set(key, client);
  };

  const admit = (key: string, host: string, from: RemoteInfo): Client => {
    const [silent] = clients.keys();
    if (clients.size >= MOST_CLIENTS && silent !== undefined) forget(silent);
    const upstream = socketFor(host);
    const connected = once(upstream, 'connect');
    const client: Client = { upstream, connected, lastSeen: performance.now() };
    // Such as a port that nobody listens on: the sender of a datagram learns nothing of it, as without a relay.
    upstream.on('error', () => {
      if (clients.get(key) === client) forget(key);
    });
    upstream.on('message', (message) => {
      if (clients.get(key) === client) touch(key, client);
      listener.send(message, from.port, from.address, () => {});
    });
    upstream.connect(port, host);
    clients.set(key, client);
    return client;
  };

  const pass = async (message: Buffer, from: RemoteInfo): Promise<void> => {
    const host = target();
    if (host === undefined) return;
    const key = `${from.address} ${from.port}`;
    const client = clients.get(key) ?? admit(key, host, from);
    touch(key, client);
    await client.connected;
    if (clients.get(key) === client) client.upstream.send(message, () => {});
  };

  listener.on('error', () => {});
  listener.on('message', (message, from) => {
    pass(message, from).catch(() => {});
  });

  const sweep = setInterval(() => {
    const oldest = performance.now() - CLIENT_IDLE_MS;
    for (const [key, { lastSeen }] of clients) if (lastSeen < oldest) forget(key);
  }, CLIENT_IDLE_MS / 4);
  sweep.unref();

  return {
    close: async () => {
      clearInterval(sweep);
      for (const key of clients.keys()) forget(key);
      const closed = once(listener, 'close');
      listener.close();
      await closed;
    },
  };
};
