import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { askHaproxy } from './admin-socket.ts';

/** The path of a socket whose clients get what `answer` writes. */
const serve = async (answer: (socket: Socket) => void): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'admin-socket-'));
  const path = join(directory, 'admin.sock');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    answer(socket);
  }).listen(path);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await rm(directory, { recursive: true });
  });
  await once(server, 'listening');
  return path;
};

it('takes an answer to its end', async () => {
  const path = await serve((socket) =>
    socket.once('data', (asked) => socket.end(`> ${asked.toString()}`)),
  );
  expect(await askHaproxy(path, ['show info', 'show stat'])).toBe('> show info;show stat\n');
});

it('gives up an answer that goes on and on', async () => {
  const path = await serve((socket) => {
    const timer = setInterval(() => socket.write('.'), 50);
    socket.once('close', () => clearInterval(timer));
  });
  await expect(askHaproxy(path, ['show info'])).rejects.toThrow('no answer within 2000 ms');
});

it('gives up an answer that would fill the memory', async () => {
  const path = await serve((socket) => socket.end(Buffer.alloc(2 ** 26, '.')));
  await expect(askHaproxy(path, ['show info'])).rejects.toThrow('an answer without an end');
});
