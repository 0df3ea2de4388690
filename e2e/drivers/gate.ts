import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Holds a job until the test lets it go on. */
export interface Gate {
  /** A step that ends when the gate is open. */
  readonly step: { readonly name: string; readonly run: string };
  /** Resolves when a job has come to it. */
  readonly reached: Promise<void>;
  open(): void;
}

/** Makes a closed gate on this address. */
export const makeGate = async (host: string): Promise<Gate> => {
  let isOpen = false;
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const server = createServer((_request, response) => {
    reach();
    response.writeHead(isOpen ? 204 : 503).end();
  });
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return {
    reached,
    step: {
      name: 'wait',
      run: `until curl --silent --fail http://${host}:${port}/; do sleep 0.1; done`,
    },
    open: () => {
      isOpen = true;
    },
  };
};
