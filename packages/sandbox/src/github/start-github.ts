import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { EmbeddedGitHub, GitHubOptions, RecordedRequest } from './embedded-github.ts';
import { createApp, type Exchange } from './http/app.ts';
import { GitHubState } from './state/github-state.ts';

const loopback = '127.0.0.1';

/**
 * Starts a GitHub, by default on a free port of the loopback interface, where no other machine can reach it.
 *
 * @throws Error of Node when it cannot listen there.
 */
export function startGitHub(options: GitHubOptions = {}): Promise<EmbeddedGitHub> {
  return serveGitHub(options);
}

/** {@link startGitHub} with an eye on all that passes, credentials included: for the sandbox's own tests. */
export async function serveGitHub(
  options: GitHubOptions,
  observe?: (exchange: Exchange) => void,
): Promise<EmbeddedGitHub> {
  const server = createServer();
  const { host = loopback, port = 0 } = options;
  const url = `http://${host}:${await listen(server, host, port)}`;
  const state = createState(options.url ?? url, options, server);
  const requests: RecordedRequest[] = [];
  const app = createApp(state, { record: (request) => requests.push(request), observe });
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  server.on('request', (incoming, outgoing) => void listener(incoming, outgoing));
  let closed: Promise<void> | undefined;
  return {
    url: state.url,
    token: state.token,
    requests,
    seed: state.seed,
    faults: state.faults,
    behaviour: state.behaviour,
    queueJob(spec) {
      if (closed !== undefined) throw new Error('The embedded GitHub is closed.');
      return state.queueJob(spec);
    },
    runners: () => state.runners.list().map((runner) => state.describe(runner)),
    issueToken: (spec) => state.issueToken(spec),
    createApp: (installations) => state.apps.create(installations),
    forgetRunner(id, notice) {
      const runner = state.runners.get(id);
      if (runner === undefined) throw new RangeError(`There is no runner ${id}.`);
      state.forgetRunner(runner, notice);
    },
    close() {
      closed ??= close(server, state);
      return closed;
    },
  };
}

function createState(url: string, options: GitHubOptions, server: Server): GitHubState {
  try {
    return new GitHubState(url, options);
  } catch (error) {
    server.close();
    throw error;
  }
}

function listen(server: Server, host: string, wanted: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject);
  server.listen(wanted, host, () => {
    server.off('error', reject);
    const address = server.address();
    resolve(typeof address === 'object' && address !== null ? address.port : 0);
  });
  return promise;
}

async function close(server: Server, state: GitHubState): Promise<void> {
  state.close();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
}
