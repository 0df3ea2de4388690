import { createServer, type IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultBook } from '../github/faults/fault-book.ts';
import type { FaultAnswer, GitHubFaults } from '../github/faults/fault-rule.ts';
import { SeededRandom } from '../github/state/seeded-random.ts';

const host = '127.0.0.1';

/** A request, read to its end. */
export interface ServedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What a request is answered with. */
export interface ServedAnswer extends FaultAnswer {
  headers: Record<string, string>;
  body: string;
}

/** A server on a free port of the loopback interface, where nobody else can reach it. */
export interface LoopbackServer {
  readonly url: string;
  readonly faults: GitHubFaults;
  close(): Promise<void>;
}

const completed = ({ status, headers = {}, body = '' }: FaultAnswer): ServedAnswer => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

const read = async (incoming: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/**
 * Starts a server that answers with what `answer` makes, or with what a rule of its faults has instead. `now` is the
 * server's clock, in milliseconds since the epoch: it stands in the `Date` of every answer.
 */
export async function startLoopbackServer(
  answer: (request: ServedRequest) => ServedAnswer,
  now: () => number,
): Promise<LoopbackServer> {
  const faults = new FaultBook(new SeededRandom(1), () => Date.now());
  const closing = new AbortController();
  const pause = async (ms: number): Promise<void> => {
    if (ms > 0) await sleep(ms, undefined, { signal: closing.signal }).catch(() => {});
  };
  const server = createServer((incoming, outgoing) => {
    const serve = async (): Promise<void> => {
      const { method = '', url = '', headers } = incoming;
      const body = await read(incoming);
      const { pathname: path, search: query } = new URL(url, 'http://loopback');
      const userAgent = headers['user-agent'] ?? '';
      const fault = faults.draw({ method, path, query, userAgent });
      await pause(fault?.delayMs ?? 0);
      const instead = fault?.answer;
      if (instead === 'hang') return;
      if (instead === 'reset') return void incoming.socket.resetAndDestroy();
      const scripted = typeof instead === 'function' ? instead() : instead;
      const answered =
        typeof scripted === 'object' ? scripted : answer({ method, url, headers, body });
      await pause(fault?.answerDelayMs ?? 0);
      if (instead === 'lose-answer') return void incoming.socket.resetAndDestroy();
      const { status, headers: extra, body: text } = completed(answered);
      outgoing.writeHead(status, { date: new Date(now()).toUTCString(), ...extra });
      outgoing.end(text);
    };
    serve().catch((error: unknown) => outgoing.destroy(error as Error));
  });
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(0, host, resolve);
  await listening;
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://${host}:${port}`,
    faults,
    close: async () => {
      closing.abort();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}
