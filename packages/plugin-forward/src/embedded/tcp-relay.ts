import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { OpenRelay } from './relay.ts';

/** A target that does not accept within this time counts as down. */
const CONNECT_LIMIT_MS = 5_000;

/** Idle connections are never cut; probes after this time find peers that are gone. */
const KEEP_ALIVE_MS = 60_000;

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
    from.setNoDelay(true);
    from.setKeepAlive(true, KEEP_ALIVE_MS);
    // `pipe` passes the end of one direction on and leaves the other open.
    from.pipe(to);
    // 'close' follows every error.
    from.on('error', () => {});
    from.on('close', (failed) => {
      if (failed || !from.readableEnded) abort(to);
    });
  }
};

/** Carries TCP connections in this process. */
export const openTcpRelay: OpenRelay = async ({ address, port, target }) => {
  const sockets = new Set<Socket>();
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    track(client);
    const host = target();
    if (host === undefined) {
      client.on('error', () => {});
      abort(client);
      return;
    }
    const upstream = connect({ host, port, allowHalfOpen: true });
    track(upstream);
    upstream.setTimeout(CONNECT_LIMIT_MS, () => upstream.destroy());
    upstream.once('connect', () => upstream.setTimeout(0));
    join(client, upstream);
  });
  server.listen({ host: address, port });
  await once(server, 'listening');
  // A failure to accept one connection, such as for want of file descriptors, must not end the others.
  server.on('error', () => {});
  return {
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};
