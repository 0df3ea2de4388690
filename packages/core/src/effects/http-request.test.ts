import { once } from 'node:events';
import { createServer, setGlobalProxyFromEnv, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { httpRequest } from './http-request.ts';

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

test('what is sent arrives, and what is answered comes back', async () => {
  const url = await serve((request, response) => {
    const { method, url: path, headers } = request;
    response.setHeader('Set-Cookie', ['a=1', 'b=2']);
    response.writeHead(404, { 'X-Seen': `${method} ${path} ${String(headers['x-own'])}` });
    request.pipe(response);
  });
  const answer = await httpRequest(`${url}/p?q=1`, {
    method: 'POST',
    headers: { 'X-Own': 'mine' },
    body: 'größer',
  });
  expect(answer).toMatchObject({
    status: 404,
    body: 'größer',
    headers: { 'x-seen': 'POST /p?q=1 mine', 'set-cookie': 'a=1,b=2' },
  });
});

test('a request without a body says that it has none', async () => {
  const url = await serve(({ headers }, response) => response.end(headers['content-length']));
  expect((await httpRequest(url, { method: 'PUT' })).body).toBe('0');
});

test('a redirect is an answer', async () => {
  const url = await serve((_, response) => response.writeHead(302, { location: '/x' }).end());
  expect(await httpRequest(url)).toMatchObject({ status: 302, headers: { location: '/x' } });
});

test.each<[string, RequestListener]>([
  ['before the answer', ({ socket }) => socket.destroy()],
  [
    'within the answer',
    ({ socket }, response) => {
      response.writeHead(200, { 'content-length': '9' });
      response.write('half', () => socket.destroy());
    },
  ],
])('a connection that breaks %s is an error with its code', async (_, listener) => {
  await expect(httpRequest(await serve(listener))).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('nobody there is an error with its code', async () => {
  await expect(httpRequest('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test.each<[string, RequestListener]>([
  ['before the answer', () => {}],
  ['within the answer', (_, response) => void response.write('half')],
])('a signal that aborts %s ends it with its reason', async (_, listener) => {
  const signal = AbortSignal.timeout(100);
  const ended = httpRequest(await serve(listener), { signal });
  await expect(ended).rejects.toMatchObject({ name: 'TimeoutError' });
});

/** Of the agent, which gives up a proxy after 5 s by itself. */
const BEFORE_AGENT_MS = 4_000;

test('a signal ends one that waits for its proxy', { timeout: BEFORE_AGENT_MS }, async () => {
  const sockets: Socket[] = [];
  const proxy = createTcpServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
  closing.push(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  closing.push(setGlobalProxyFromEnv({ HTTPS_PROXY: `http://127.0.0.1:${port}` }));
  const ending = new AbortController();
  const ended = httpRequest('https://192.0.2.1/', { signal: ending.signal });
  await once(proxy, 'connection');
  ending.abort(new Error('draining'));
  await expect(ended).rejects.toThrow('draining');
});

const MIB = 1_048_576;

test.each<[string, RequestListener]>([
  ['is told', (_, response) => void response.setHeader('content-length', 17 * MIB)],
  ['is not told', () => {}],
])(
  'an answer beyond 16 MiB, whose length %s, is an error and is read no further',
  async (_, tell) => {
    const { promise: gone, resolve } = Promise.withResolvers<void>();
    const url = await serve((request, response) => {
      tell(request, response);
      response.once('close', resolve);
      const piece = Buffer.alloc(MIB, 'x');
      const more = (): void => void response.write(piece, more);
      more();
    });
    await expect(httpRequest(url)).rejects.toThrow('the answer is longer than 16 MiB');
    await gone;
  },
);

test('an answer of 16 MiB is one', async () => {
  const url = await serve((_, response) => void response.end(Buffer.alloc(16 * MIB, 'x')));
  expect((await httpRequest(url)).body).toHaveLength(16 * MIB);
});

test('a character whose bytes come apart is one', async () => {
  const url = await serve((_, response) => {
    const [first = 0, ...rest] = Buffer.from('ö');
    response.write(Buffer.of(first), () => setImmediate(() => response.end(Buffer.from(rest))));
  });
  expect((await httpRequest(url)).body).toBe('ö');
});

test('a switch of protocols is an error', async () => {
  const url = await serve(({ socket }) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
  });
  await expect(httpRequest(url)).rejects.toThrow('no answer over HTTP');
});

/** Every connection answers once. */
const serveOnce = async (): Promise<string> => {
  const used = new WeakSet<object>();
  return serve(({ socket }, response) => {
    if (used.has(socket)) socket.destroy();
    else response.end('fresh');
    used.add(socket);
  });
};

describe('a kept connection that the server closes just then', () => {
  test.each(['GET', 'PUT', 'DELETE'])('lets %s be sent again', async (method) => {
    const url = await serveOnce();
    await Promise.all([httpRequest(url), httpRequest(url)]);
    expect(await httpRequest(url, { method })).toMatchObject({ status: 200, body: 'fresh' });
  });

  test('is an error for what must not be done twice', async () => {
    const url = await serveOnce();
    await httpRequest(url);
    const again = httpRequest(url, { method: 'POST', body: '{}' });
    await expect(again).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

test('a signal that has aborted sends nothing', async () => {
  let requests = 0;
  const url = await serve((_, response) => {
    requests += 1;
    response.end();
  });
  const reason = new Error('draining');
  await expect(httpRequest(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(requests).toBe(0);
});
