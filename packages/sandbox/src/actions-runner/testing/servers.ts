import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { cleanUp } from './clean-up.ts';

export interface ServerRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body: string;
}

/** An answer; one without a status never comes. */
export interface ServerAnswer {
  readonly status?: number;
  readonly body?: object;
  /** How long to hold the answer back, in milliseconds. */
  readonly delayMs?: number;
}

export interface TestServer {
  readonly url: string;
  readonly requests: readonly ServerRequest[];
}

/** A server with the faults that the embedded GitHub does not have. It closes when the file's tests are over. */
export async function startServer(
  answer: (request: ServerRequest) => ServerAnswer,
): Promise<TestServer> {
  const requests: ServerRequest[] = [];
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      body: await text(incoming),
    };
    requests.push(request);
    const { status, body, delayMs = 0 } = answer(request);
    if (delayMs > 0) await setTimeout(delayMs);
    if (status === undefined) return;
    outgoing.writeHead(status, { 'Content-Type': 'application/json' });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  };
  const server = createServer((incoming, outgoing) => void handle(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
