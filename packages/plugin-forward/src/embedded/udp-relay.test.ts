import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CLIENT_IDLE_MS, MOST_CLIENTS, openUdpRelay } from './udp-relay.ts';

const TARGET = '127.0.0.2';

const bind = async (address: string): Promise<Socket> => {
  const socket = createSocket('udp4');
  socket.bind({ address, port: 0 });
  await once(socket, 'listening');
  onTestFinished(() => {
    socket.close();
  });
  return socket;
};

/** A service that answers every datagram with the port that it came from. */
const serve = async (): Promise<number> => {
  const service = await bind(TARGET);
  service.on('message', (_message, from) => {
    service.send(String(from.port), from.port, from.address);
  });
  return service.address().port;
};

const open = async (port: number, target: () => string | undefined): Promise<void> => {
  const relay = await openUdpRelay({ address: '127.0.0.1', port, target });
  onTestFinished(async () => relay.close());
};

const askFrom = async (client: Socket, port: number): Promise<string> => {
  const answer = once(client, 'message') as Promise<[Buffer]>;
  client.send('who am I?', port, '127.0.0.1');
  return (await answer)[0].toString();
};

describe('openUdpRelay', () => {
  it('keeps a client on its upstream socket', async () => {
    const port = await serve();
    await open(port, () => TARGET);
    const client = await bind('127.0.0.1');
    expect(await askFrom(client, port)).toBe(await askFrom(client, port));
  });

  it('forgets the client that was silent for longest when there are too many', async () => {
    const port = await serve();
    await open(port, () => TARGET);
    const [silent, talking] = [await bind('127.0.0.1'), await bind('127.0.0.1')];
    const before = [await askFrom(silent, port), await askFrom(talking, port)];
    for (let count = 2; count < MOST_CLIENTS; count += 1) {
      await askFrom(await bind('127.0.0.1'), port);
    }
    expect(await askFrom(talking, port)).toBe(before[1]);
    await askFrom(await bind('127.0.0.1'), port);
    expect(await askFrom(talking, port)).toBe(before[1]);
    expect(await askFrom(silent, port)).not.toBe(before[0]);
  });

  it('forgets an idle client', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const port = await serve();
    await open(port, () => TARGET);
    const client = await bind('127.0.0.1');
    const before = await askFrom(client, port);
    await vi.advanceTimersByTimeAsync(CLIENT_IDLE_MS / 2);
    expect(await askFrom(client, port)).toBe(before);
    await vi.advanceTimersByTimeAsync(2 * CLIENT_IDLE_MS);
    expect(await askFrom(client, port)).not.toBe(before);
  });

  it('survives a target without an address, a service that is down, and carries on', async () => {
    const port = await serve();
    let target: string | undefined;
    await open(port, () => target);
    const client = await bind('127.0.0.1');
    client.send('to nobody', port, '127.0.0.1');
    target = '127.0.0.3';
    const other = await bind('127.0.0.1');
    other.send('to a closed port', port, '127.0.0.1');
    other.send('to a closed port', port, '127.0.0.1');
    target = TARGET;
    const last = await bind('127.0.0.1');
    expect(await askFrom(last, port)).toMatch(/^\d+$/);
  });
});
