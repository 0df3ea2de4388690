import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** Answers on TCP port 15432 and UDP port 18125 of an address with what it is sent. */
export const startCentralHost = async (address: string): Promise<void> => {
  const tcp = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  tcp.listen(15_432, address);
  await once(tcp, 'listening');
  onTestFinished(() => void tcp.close());
  const udp = createSocket('udp4');
  udp.on('message', (message, { port, address: from }) => udp.send(message, port, from));
  udp.bind(18_125, address);
  await once(udp, 'listening');
  onTestFinished(() => void udp.close());
};
