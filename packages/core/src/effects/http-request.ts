import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';

/** One request over HTTP or HTTPS. */
export interface HttpRequest {
  /** GET when absent. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request, and the reading of its answer. */
  readonly signal?: AbortSignal;
}

/** What was answered to it, whatever the status. */
export interface HttpAnswer {
  readonly status: number;
  /** By their names in lower case; what came several times is joined with commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As UTF-8. */
  readonly body: string;
}

/** What may be done twice (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'PUT', 'DELETE']);

const responseTo = async (
  asking: ClientRequest,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> => {
  // A switch of protocols that nobody asked for closes the request, and is no error of it.
  const unanswered = once(asking, 'close').then((): never => {
    throw new Error('there was no answer over HTTP');
  });
  // While a proxy is connected to, a request that its own signal ends says so only afterwards.
  const answered = once(asking, 'response', { ...(signal && { signal }) });
  const [response] = (await Promise.race([answered, unanswered])) as [IncomingMessage];
  return response;
};

/** The server may have closed a connection that was kept just when the request was sent. */
const wasStale = (asking: ClientRequest, error: unknown): boolean =>
  IDEMPOTENT.has(asking.method) &&
  asking.reusedSocket &&
  (error as NodeJS.ErrnoException).code === 'ECONNRESET';

const send = (target: URL, { method = 'GET', headers = {}, body, signal }: HttpRequest) => {
  const { request } =
    target.protocol === 'http:'
      ? process.getBuiltinModule('node:http')
      : process.getBuiltinModule('node:https');
  const asking = request(target, { method, headers, ...(signal && { signal }) });
  // One that comes after the answer's first line ends the reading as well, and nobody else hears it.
  asking.on('error', () => {});
  asking.end(body);
  return asking;
};

const MIB = 1_048_576;
/** Far more than GitHub's or AWS's longest page: who sends more, such as a proxy, must not fill the memory. */
const MOST_MIB = 16;

const read = async (response: IncomingMessage): Promise<HttpAnswer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_MIB * MIB) throw new Error(`the answer is longer than ${MOST_MIB} MiB`);
    chunks.push(chunk);
  }
  const fields = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(fields) as HttpAnswer['headers'],
    body: Buffer.concat(chunks).toString('utf8'),
  };
};

/**
 * Sends a request and reads the whole answer; redirects are not followed, nothing is decompressed.
 *
 * It is for what a boot asks: the first `fetch` of a process, like every import of `node:http`, evaluates undici, which
 * costs some 40 ms of processor and 10 MB. Connections are kept for the next request, and the process's proxies are used, as
 * with `fetch`. What may be done twice is sent again where a kept connection turns out to be closed.
 *
 * @throws Error, with the system's `code` if it has one, when there is no whole answer, or one of more than 16 MiB; the reason
 * of `signal` once that has aborted.
 */
export const httpRequest = async (
  url: string | URL,
  options: HttpRequest = {},
): Promise<HttpAnswer> => {
  const { signal } = options;
  const target = new URL(url);
  for (;;) {
    signal?.throwIfAborted();
    const asking = send(target, options);
    try {
      return await read(await responseTo(asking, signal));
    } catch (error) {
      signal?.throwIfAborted();
      // Each turn uses up one of those that are kept.
      if (!wasStale(asking, error)) throw error;
    }
  }
};
