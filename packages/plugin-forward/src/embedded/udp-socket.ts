import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Probe } from './relay.ts';

/** What a listener can hold while the relay is busy; the kernel caps it (net.core.rmem_max). */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** A machine that is off is told by its neighbours after three seconds. */
const SILENCE_MS = 4_000;

/** Opens a listener; rejects with the system's error when the port cannot be had. */
export const bindUdp = async (address: string, port: number): Promise<Socket> => {
  const socket = createSocket({
    type: isIPv6(address) ? 'udp6' : 'udp4',
    ipv6Only: isIPv6(address),
    recvBufferSize: RECEIVE_BUFFER_BYTES,
  });
  try {
    socket.bind({ address, port });
    await once(socket, 'listening');
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
};

/** A socket that can send to this address only; 'connect' says when. It hears of it when nobody listens there. */
export const connectUdp = (address: string, port: number): Socket => {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  socket.connect(port, address);
  return socket;
};

/** A service answers to an empty datagram, or keeps silent; that nobody listens is told by an error. */
export const probeUdp: Probe = async (address, port) => {
  const socket = connectUdp(address, port);
  const over = new AbortController();
  const failed = once(socket, 'error', { signal: over.signal }).then(([error]) => {
    throw error as Error;
  });
  failed.catch(() => {});
  try {
    await Promise.race([once(socket, 'connect'), failed]);
    socket.send('');
    const answered = once(socket, 'message', { signal: over.signal });
    answered.catch(() => {});
    await Promise.race([answered, failed, sleep(SILENCE_MS, undefined, { signal: over.signal })]);
  } finally {
    over.abort();
    // What a socket reports after it was given up has no reader.
    socket.on('error', () => {});
    socket.close();
  }
};
