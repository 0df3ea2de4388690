import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';

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

/**
 * Sends a request and reads the whole answer; redirects are not followed, nothing is decompressed.
 *
 * It is for what a boot asks: the first `fetch` of a process, like every import of `node:http`, evaluates undici, which
 * costs some 40 ms of processor and 10 MB. Connections are kept for the next request, and proxies are used where
 * `NODE_USE_ENV_PROXY` says so, as with `fetch`.
 *
 * @throws Error with the system's `code` when there is no whole answer; the reason of `signal` once that has aborted.
 */
export const httpRequest = async (
  url: string | URL,
  { method = 'GET', headers = {}, body, signal }: HttpRequest = {},
): Promise<HttpAnswer> => {
  signal?.throwIfAborted();
  const target = new URL(url);
  const { request } =
    target.protocol === 'http:'
      ? process.getBuiltinModule('node:http')
      : process.getBuiltinModule('node:https');
  const asking = request(target, { method, headers, ...(signal && { signal }) });
  // One that comes after the answer's first line ends the reading as well, and nobody else hears it.
  asking.on('error', () => {});
  asking.end(body);
  try {
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    const fields = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
    return {
      status: response.statusCode ?? 0,
      headers: Object.fromEntries(fields) as HttpAnswer['headers'],
      body: text,
    };
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
};
