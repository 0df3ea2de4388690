import type { Socket } from 'node:dgram';
import type { Candidate } from './candidates.ts';
import { connectUdp } from './udp-socket.ts';

/** Datagrams that wait for the upstream socket of their client, or for any address to send to. The oldest are dropped. */
export const MOST_WAITING = 1_000;

/** Who sends to a listener: its socket towards the service, so that replies find their way back. */
export interface Client {
  readonly address: string;
  readonly port: number;
  /** To whom it is connected. */
  candidate: Candidate;
  upstream: Socket;
  /** What waits until the socket is connected; undefined from then on. */
  waiting: Buffer[] | undefined;
  /** In milliseconds of `performance.now()`. */
  lastSeen: number;
}

/** What happens on a client's upstream socket. */
export interface ClientEvents {
  readonly replied: (client: Client, message: Buffer) => void;
  readonly failed: (client: Client, error: Error) => void;
  readonly unsent: (client: Client, message: Buffer, error: Error) => void;
}

/** Adds to a queue that keeps the newest. */
export const keepNewest = <Item>(queue: Item[], item: Item): void => {
  if (queue.length >= MOST_WAITING) queue.shift();
  queue.push(item);
};

/** Sends a client's datagram to the service, at once or as soon as its socket is connected. */
export const sendUpstream = (client: Client, message: Buffer, { unsent }: ClientEvents): void => {
  if (client.waiting) keepNewest(client.waiting, message);
  else {
    client.upstream.send(message, (error) => {
      if (error) unsent(client, message, error);
    });
  }
};

/** Gives the client an upstream socket that leads to `candidate`, in the place of the one that it has. */
export const connectClient = (
  client: Client,
  candidate: Candidate,
  port: number,
  events: ClientEvents,
): void => {
  const upstream = connectUdp(candidate.address, port);
  Object.assign(client, { candidate, upstream, waiting: client.waiting ?? [] });
  upstream.on('connect', () => {
    if (client.upstream !== upstream) return;
    const { waiting = [] } = client;
    client.waiting = undefined;
    for (const message of waiting) sendUpstream(client, message, events);
  });
  upstream.on('message', (message) => events.replied(client, message));
  upstream.on('error', (error) => {
    if (client.upstream === upstream) events.failed(client, error);
  });
};
