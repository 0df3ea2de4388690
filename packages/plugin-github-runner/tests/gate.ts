import { createServer, request as forward, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** An answer in the place of GitHub's, a connection that breaks, or one that breaks when GitHub has done its work. */
export type Fault =
  | { status: number; headers?: Record<string, string>; text?: string }
  | 'reset'
  | 'lose-answer';

/** What happens to a request; undefined lets it pass. */
export type FaultSource = (request: IncomingMessage) => Fault | undefined;

/** These faults, one each, for the requests that `matches` takes; the later ones pass. */
export const faultsOn =
  (matches: (request: IncomingMessage) => boolean, faults: Fault[]): FaultSource =>
  (request) =>
    matches(request) ? faults.shift() : undefined;

/** Stands before `target`. Answers its own URL. */
export const startGate = async (target: () => string, faultFor: FaultSource): Promise<string> => {
  const server = createServer((incoming, outgoing) => {
    const fault = faultFor(incoming);
    if (typeof fault === 'object') {
      const { status, headers = {}, text = '{"message":"not now"}' } = fault;
      outgoing.writeHead(status, headers).end(text);
      return;
    }
    if (fault === 'reset') {
      incoming.socket.destroy();
      return;
    }
    const { hostname, port } = new URL(target());
    const { method, url, headers } = incoming;
    const passed = forward({ hostname, port, method, path: url, headers }, (answer) => {
      if (fault === 'lose-answer') {
        answer.resume().once('end', () => incoming.socket.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
