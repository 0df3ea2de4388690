import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** A port that leads to another one. */
export interface SlowLink {
  readonly port: number;
  /** From now on it is as fast as the other one. */
  release(): void;
}

/** A piece in this time is what still comes. */
const EVERY_MS = 50;

/**
 * Opens a port of loopback that leads to `target`. What comes back over it after the first `freeBytes` trickles until it is
 * released.
 */
export const openSlowLink = async (target: number, freeBytes: number): Promise<SlowLink> => {
  let slow = true;
  let passed = 0;
  const answer = async (from: Socket, to: Socket): Promise<void> => {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      passed += chunk.length;
      if (slow && passed > freeBytes) await sleep(EVERY_MS);
      if (!to.write(chunk)) await once(to, 'drain');
    }
    to.end();
  };
  const server = createServer((client) => {
    const service = connect(target, '127.0.0.1');
    client.pipe(service);
    client.on('error', () => service.destroy());
    answer(service, client).catch(() => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    release: () => {
      slow = false;
    },
  };
};
