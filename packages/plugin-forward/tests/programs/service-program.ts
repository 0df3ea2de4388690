// Services of a central host: `service-program.ts udp|bulk ADDRESS PORT [BYTES]`. `udp` writes every datagram to stdout, one a
// line, and answers it in capitals; `bulk` sends so many bytes to whoever connects. Both say `ready` first.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { pipeline } from 'node:stream/promises';

const [kind, address, port, bytes = '0'] = process.argv.slice(2);
const where = { address: address ?? '', host: address ?? '', port: Number(port) };
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const CHUNK = Buffer.alloc(1 << 20, 'x');

const chunks = function* (): Generator<Buffer> {
  for (let left = Number(bytes); left > 0; left -= CHUNK.length) yield CHUNK.subarray(0, left);
};

if (kind === 'udp') {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    say(message.toString());
    socket.send(message.toString().toUpperCase(), from.port, from.address);
  });
  socket.bind(where, () => say('ready'));
} else {
  const server = createServer((socket) => {
    pipeline(chunks, socket).catch(() => {});
  });
  server.listen(where, () => say('ready'));
}
