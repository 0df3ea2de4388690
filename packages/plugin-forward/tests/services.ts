import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** Another address of this machine: a forward leads from 127.0.0.1 to the same port here. */
export const TARGET = '127.0.0.2';

const close = async (server: Server, sockets: ReadonlySet<Socket>): Promise<void> => {
  if (!server.listening) return;
  server.close();
  for (const socket of sockets) socket.destroy();
  await once(server, 'close');
};

/** Opens a TCP service, by default at the target's address; it is closed with the test. */
export const serveTcp = async (
  onConnection: (socket: Socket) => void,
  where: { host?: string; port?: number } = {},
): Promise<{ port: number; stop: () => Promise<void> }> => {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen({ host: TARGET, port: 0, ...where });
  await once(server, 'listening');
  const stop = async (): Promise<void> => close(server, sockets);
  onTestFinished(stop);
  return { port: (server.address() as AddressInfo).port, stop };
};

/** A port of the target that nobody listens on. */
export const freePort = async (): Promise<number> => {
  const { port, stop } = await serveTcp(() => {});
  await stop();
  return port;
};

/** A service at a port below 1024 that is free on localhost as well. */
export const servePrivileged = async (onConnection: (socket: Socket) => void): Promise<number> => {
  for (let port = 1_023; port > 900; port -= 1) {
    try {
      await (await serveTcp(() => {}, { host: '127.0.0.1', port })).stop();
      await serveTcp(onConnection, { port });
      return port;
    } catch {
      // In use: the next one.
    }
  }
  throw new Error('no privileged port is free');
};

/** Connects to a port of localhost. */
export const dial = async (port: number, host: string = '127.0.0.1'): Promise<Socket> => {
  const socket = connect({ host, port, allowHalfOpen: true });
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  socket.on('error', () => {});
  return socket;
};

/**
 * Sends, ends its own direction, and reads until the other side ends. There must be words: haproxy gives up a connection whose
 * client has ended its direction before the service was connected, unless something is to be sent.
 */
export const converse = async (port: number, words: string, host?: string): Promise<string> => {
  const socket = await dial(port, host);
  socket.end(words);
  return text(socket);
};

/** Whether something accepts connections there. */
export const accepts = async (port: number): Promise<boolean> => {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

/** Opens a UDP service at the target that answers every datagram with its text in capitals. */
export const serveUdp = async (): Promise<number> => {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    socket.send(message.toString().toUpperCase(), from.port, from.address);
  });
  socket.bind({ address: TARGET, port: 0 });
  await once(socket, 'listening');
  onTestFinished(() => {
    socket.close();
  });
  return socket.address().port;
};

/** A client that sends to a UDP port of localhost and waits for one datagram. */
export const openUdpClient = async (port: number): Promise<(words: string) => Promise<string>> => {
  const socket = createSocket('udp4');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  onTestFinished(() => {
    socket.close();
  });
  return async (words) => {
    const answer = once(socket, 'message') as Promise<[Buffer]>;
    socket.send(words);
    return (await answer)[0].toString();
  };
};

/** The haproxy processes that this process has started. */
export const haproxyProcesses = async (
  parent: number = process.pid,
): Promise<{ pid: number; uid: number }[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      const field = (name: string): string | undefined =>
        new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1];
      const ours = field('Name') === 'haproxy' && field('PPid') === String(parent);
      return ours && field('State') !== 'Z'
        ? [{ pid: Number(pid), uid: Number(field('Uid')) }]
        : [];
    }),
  );
  return found.flat();
};
