import { once } from 'node:events';
import { createServer, isIPv6, type Socket } from 'node:net';
import type { OpenRelay } from './relay.ts';
import { dialFirst } from './tcp-dial.ts';

/** Idle connections are never cut; probes after this time find peers that are gone. */
const KEEP_ALIVE_MS = 60_000;

/** Connections that wait to be accepted; the kernel's own limit (net.core.somaxconn) is usually 4096. */
const BACKLOG = 4_096;

/** The client's and the service's. */
const DESCRIPTORS_EACH = 2;

/** Ends a connection so that its peer cannot take what it has read for the whole. */
const abort = (socket: Socket): void => {
  if (socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
};

/** Carries both directions until both have ended, or until one side fails, which resets the other. */
const join = (client: Socket, upstream: Socket): void => {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.setKeepAlive(true, KEEP_ALIVE_MS);
    // `pipe` passes the end of one direction on and leaves the other open.
    from.pipe(to);
    // 'close' follows every error.
    from.on('close', (failed) => {
      if (failed || !from.readableEnded) abort(to);
    });
  }
};

/** Carries TCP connections. */
export const openTcpRelay: OpenRelay = async ({ address, port, candidates, descriptors }) => {
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  const ended = { total: 0, bytesSent: 0, bytesReceived: 0 };

  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  const count = (client: Socket): void => {
    clients.add(client);
    ended.total += 1;
    client.once('close', () => {
      descriptors.give(DESCRIPTORS_EACH);
      clients.delete(client);
      ended.bytesSent += client.bytesRead;
      ended.bytesReceived += client.bytesWritten;
    });
  };
  const carry = async (client: Socket): Promise<void> => {
    // The client's bytes wait meanwhile.
    const upstream = await dialFirst(candidates, port);
    if (upstream === undefined) abort(client);
    else if (client.destroyed) abort(upstream);
    else {
      track(upstream);
      join(client, upstream);
    }
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => {});
    if (!descriptors.take(DESCRIPTORS_EACH)) return abort(client);
    track(client);
    count(client);
    return void carry(client);
  });
  server.listen({ host: address, port, backlog: BACKLOG, ipv6Only: isIPv6(address) });
  await once(server, 'listening');
  // A failure to accept one connection, such as for want of file descriptors, must not end the others.
  server.on('error', () => {});
  return {
    traffic: () => {
      const open = [...clients];
      return {
        open: open.length,
        total: ended.total,
        bytesSent: open.reduce((sum, { bytesRead }) => sum + bytesRead, ended.bytesSent),
        bytesReceived: open.reduce(
          (sum, { bytesWritten }) => sum + bytesWritten,
          ended.bytesReceived,
        ),
      };
    },
    moved: () => {},
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};
