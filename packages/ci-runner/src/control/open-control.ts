import {
  checkControlSocket,
  ConfigurationError,
  describeError,
  type Runner,
} from '@ci-runner/core';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { answerRequest, type Controlled } from './answer-request.ts';
import { listenPrivately, SocketInUse } from './listen-privately.ts';
import { controlSocketPath, VARIABLE } from './socket-path.ts';

// An import of it evaluates all that it exports, WebSocket and with it undici, which each boot would wait for.
const { createServer } = process.getBuiltinModule('node:http');

const handle = async (
  runner: Controlled,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { status, body } = await answerRequest(runner, request);
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(`${JSON.stringify(body)}\n`);
};

const close = async (server: Server): Promise<void> => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
};

const NOTHING_TO_CLOSE = async (): Promise<void> => {};

/**
 * Opens the socket through which this user's `ci-runner status` and `ci-runner drain` reach the runner. Resolves to what
 * closes and removes it. Where it cannot be opened the runner goes on without it, and the log says so.
 *
 * @throws ConfigurationError when another supervisor has that socket.
 */
export const openControl = async (
  runner: Runner,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<() => Promise<void>> => {
  const path = controlSocketPath(environment);
  // The run ends because of it, with all its other faults.
  if (environment[VARIABLE] && checkControlSocket({ [VARIABLE]: path }).length > 0) {
    return NOTHING_TO_CLOSE;
  }
  const server = createServer((request, response) => {
    // A client that goes away while it is heard is no business of the runner.
    handle(runner, request, response).catch(() => response.destroy());
  });
  try {
    const removeDirectory = await listenPrivately(server, path);
    return async () => {
      await close(server);
      await removeDirectory();
    };
  } catch (error) {
    if (error instanceof SocketInUse) {
      const expected =
        'is the socket of another supervisor, which runs: stop that one, or set another path';
      throw new ConfigurationError([{ name: VARIABLE, got: path, expected }]);
    }
    runner.log.warn(
      `ci-runner status and ci-runner drain will not reach this supervisor: ${path} cannot be opened: ${describeError(error)}`,
    );
    return NOTHING_TO_CLOSE;
  }
};
