import { once } from 'node:events';
import { createServer, request as sendRequest } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A proxy for HTTP that takes every host for the same server. */
export interface ForwardProxy {
  readonly url: string;
  /** The hosts that it was asked for, as clients name them, with their ports. */
  readonly hosts: ReadonlySet<string>;
}

/** Starts a proxy in front of the server at `target`; it closes with the test. */
export const startForwardProxy = async (target: string): Promise<ForwardProxy> => {
  const { hostname, port } = new URL(target);
  const hosts = new Set<string>();
  const server = createServer((request, response) => {
    const { host, pathname, search } = new URL(request.url ?? '');
    hosts.add(host);
    const { method, headers } = request;
    const onward = sendRequest({ hostname, port, path: pathname + search, method, headers });
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  server.on('connect', (request, socket) => {
    hosts.add(request.url ?? '');
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    socket.on('error', () => {});
    socket.on('close', () => onward.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hosts };
};
