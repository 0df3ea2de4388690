import { once } from 'node:events';
import { createSocket } from 'node:dgram';
import { createServer, type AddressInfo } from 'node:net';

/** All of 127.0.0.0/8 is this machine, so that a "host" of its own needs no network. */
export const CENTRAL_HOST = '127.0.0.2';

/** Two services that stand for those of a central host. */
export interface CentralHost {
  readonly tcpPort: number;
  readonly udpPort: number;
  close(): Promise<void>;
}

/** Starts a TCP and a UDP service; each answers `pong` and the line that it got. */
export const startCentralHost = async (): Promise<CentralHost> => {
  const tcp = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (data) => socket.end(`pong ${data.toString()}`));
  });
  tcp.listen(0, CENTRAL_HOST);
  const udp = createSocket('udp4', (message, peer) => {
    udp.send(`pong ${message.toString()}`, peer.port, peer.address);
  });
  udp.bind(0, CENTRAL_HOST);
  await Promise.all([once(tcp, 'listening'), once(udp, 'listening')]);
  return {
    tcpPort: (tcp.address() as AddressInfo).port,
    udpPort: udp.address().port,
    close: async () => {
      tcp.close();
      udp.close();
    },
  };
};
