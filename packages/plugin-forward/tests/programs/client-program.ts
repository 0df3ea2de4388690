// A client on the runner's machine: `client-program.ts many PORT COUNT` asks Redis on so many connections at once,
// `count PORT` counts the bytes that come until the end, `datagrams PORT WORD…` sends datagrams from one socket and waits for
// an answer to the last, `refused PORT COUNT` counts how many of so many connections are ended at once, `insist PORT WORD` sends one again and again until it is answered. Writes one line of JSON.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const [kind, port, ...rest] = process.argv.slice(2);
const where = { host: '127.0.0.1', port: Number(port) };

const open = async (): Promise<Socket> => {
  const socket = connect(where);
  await once(socket, 'connect');
  return socket;
};

const ask = async (socket: Socket, command: string): Promise<string> => {
  const answer = once(socket, 'data') as Promise<[Buffer]>;
  socket.write(`${command}\r\n`);
  return (await answer)[0].toString();
};

const many = async (count: number): Promise<unknown> => {
  const sockets = await Promise.all(Array.from({ length: count }, open));
  // All of them are open when the first is used.
  const answers = await Promise.all(sockets.map(async (socket) => ask(socket, 'PING')));
  return { answered: answers.filter((answer) => answer === '+PONG\r\n').length };
};

const refused = async (attempts: number): Promise<unknown> => {
  let ended = 0;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const socket = connect(where);
    socket.on('error', () => {}).resume();
    socket.on('end', () => socket.end());
    await new Promise((resolve) => socket.once('close', resolve));
    ended += 1;
  }
  return { refused: ended };
};

const count = async (): Promise<unknown> => {
  let bytes = 0;
  for await (const chunk of await open()) bytes += (chunk as Buffer).length;
  return { bytes };
};

const datagrams = async (words: readonly string[]): Promise<unknown> => {
  const socket = createSocket('udp4');
  socket.connect(where.port, where.host);
  await once(socket, 'connect');
  const answers: string[] = [];
  const last = words.at(-1)?.toUpperCase();
  const answered = new Promise<void>((resolve) => {
    socket.on('message', (message) => {
      answers.push(message.toString());
      if (message.toString() === last) resolve();
    });
  });
  for (const word of words) socket.send(word);
  await answered;
  return { answers };
};

const insist = async (word: string): Promise<unknown> => {
  const socket = createSocket('udp4');
  socket.connect(where.port, where.host);
  await once(socket, 'connect');
  const timer = setInterval(() => socket.send(word), 50);
  await once(socket, 'message');
  clearInterval(timer);
  return { answered: true };
};

const results = {
  many: async () => many(Number(rest[0])),
  count,
  refused: async () => refused(Number(rest[0])),
  datagrams: async () => datagrams(rest),
  insist: async () => insist(rest[0] ?? ''),
};
process.stdout.write(`${JSON.stringify(await results[kind as keyof typeof results]())}\n`);
process.exit();
