import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createCandidates } from './candidates.ts';
import { createDescriptors } from './descriptors.ts';
import { CLIENT_IDLE_MS, MOST_CLIENTS, openUdpRelay } from './udp-relay.ts';

const TARGET = '127.0.0.2';

const bind = async (address: string, port = 0): Promise<Socket> => {
  const socket = createSocket('udp4');
  socket.bind({ address, port });
  await once(socket, 'listening');
  let closed = false;
  socket.once('close', () => {
    closed = true;
  });
  onTestFinished(() => {
    if (!closed) socket.close();
  });
  return socket;
};

/** A service that only listens. */
const serveCounting = async (
  address: string,
  at = 0,
): Promise<{ port: number; received: string[]; socket: Socket }> => {
  const socket = await bind(address, at);
  const received: string[] = [];
  socket.on('message', (message) => received.push(message.toString()));
  return { port: socket.address().port, received, socket };
};

/** A service that answers every datagram with the port that it came from. */
const serve = async (): Promise<number> => {
  const service = await bind(TARGET);
  service.on('message', (_message, from) => {
    service.send(String(from.port), from.port, from.address);
  });
  return service.address().port;
};

/** Opens a relay to these hosts, which are addresses; answers what places them anew. */
const open = async (
  port: number,
  addresses: Readonly<Record<string, string>>,
): Promise<{ leads: (string | undefined)[]; move: (to: Record<string, string>) => void }> => {
  const leads: (string | undefined)[] = [];
  const hosts = ['primary', 'backup'];
  const candidates = createCandidates(hosts, (lead) => leads.push(lead?.host));
  const locate = (at: Readonly<Record<string, string>>): void =>
    candidates.locate(Object.fromEntries(Object.entries(at).map(([host, one]) => [host, [one]])));
  locate(addresses);
  const descriptors = createDescriptors();
  const relay = await openUdpRelay({ address: '127.0.0.1', port, candidates, descriptors });
  onTestFinished(async () => relay.close());
  return {
    leads,
    move: (to) => {
      locate(to);
      relay.moved();
    },
  };
};

const askFrom = async (client: Socket, port: number): Promise<string> => {
  const answer = once(client, 'message') as Promise<[Buffer]>;
  client.send('who am I?', port, '127.0.0.1');
  return (await answer)[0].toString();
};

describe('openUdpRelay', () => {
  it('keeps a client on its upstream socket', async () => {
    const port = await serve();
    await open(port, { primary: TARGET });
    const client = await bind('127.0.0.1');
    expect(await askFrom(client, port)).toBe(await askFrom(client, port));
  });

  it('forgets the client that was silent for longest when there are too many', async () => {
    const port = await serve();
    await open(port, { primary: TARGET });
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
    await open(port, { primary: TARGET });
    const client = await bind('127.0.0.1');
    const before = await askFrom(client, port);
    await vi.advanceTimersByTimeAsync(CLIENT_IDLE_MS / 2);
    expect(await askFrom(client, port)).toBe(before);
    await vi.advanceTimersByTimeAsync(2 * CLIENT_IDLE_MS);
    expect(await askFrom(client, port)).not.toBe(before);
  });

  it('keeps what comes before there is an address', async () => {
    const { port, received } = await serveCounting(TARGET);
    const { move } = await open(port, {});
    const client = await bind('127.0.0.1');
    for (let count = 0; count < 20; count += 1) client.send(`${count}`, port, '127.0.0.1');
    // When this one has come, the others have.
    const marker = await bind('127.0.0.1');
    client.send('marker', marker.address().port, '127.0.0.1');
    await once(marker, 'message');
    await setImmediate();
    move({ primary: TARGET });
    await vi.waitFor(() => expect(received).toHaveLength(20));
  });

  it('leads its clients to another address', async () => {
    const { port, received } = await serveCounting(TARGET);
    const { received: elsewhere } = await serveCounting('127.0.0.3', port);
    const { move } = await open(port, { primary: TARGET });
    const client = await bind('127.0.0.1');
    client.send('before', port, '127.0.0.1');
    await vi.waitFor(() => expect(received).toEqual(['before']));
    move({ primary: '127.0.0.3' });
    client.send('after', port, '127.0.0.1');
    await vi.waitFor(() => expect(elsewhere).toEqual(['after']));
  });

  it('goes to the backup when the primary refuses, with one datagram lost at most', async () => {
    const { port, received } = await serveCounting(TARGET);
    const { leads } = await open(port, { primary: '127.0.0.3', backup: TARGET });
    const client = await bind('127.0.0.1');
    for (let count = 0; count < 50; count += 1) client.send(`${count}`, port, '127.0.0.1');
    await vi.waitFor(() => {
      expect(received).toContain('49');
      expect(leads).toEqual(['backup']);
    });
    expect(received.length).toBeGreaterThanOrEqual(49);
  });

  it('carries on when the only host refuses for a while', async () => {
    const reserved = await serveCounting(TARGET);
    reserved.socket.close();
    const { port } = reserved;
    const { leads } = await open(port, { primary: TARGET });
    const client = await bind('127.0.0.1');
    await vi.waitFor(() => {
      client.send('to nobody', port, '127.0.0.1');
      expect(leads).toEqual([undefined]);
    });
    const { received } = await serveCounting(TARGET, port);
    client.send('back', port, '127.0.0.1');
    await vi.waitFor(() => expect(received).toContain('back'));
  });
});
