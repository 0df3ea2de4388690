import type { Transport } from '../src/api/redirects.ts';

/** One request as it was sent. */
export interface SentRequest {
  readonly method: string;
  /** Path and query, below the host. */
  readonly path: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What a request is answered with; an error breaks the connection. */
export type Reply =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  | Error;

/** A network whose answers are a function of the request. */
export const scriptedTransport = (
  reply: (request: SentRequest) => Reply,
): { transport: Transport; sent: SentRequest[]; calls: () => string[] } => {
  const sent: SentRequest[] = [];
  return {
    sent,
    calls: () => sent.map(({ method, path }) => `${method} ${path}`),
    transport: async (url, { method = 'GET', headers: fields = {}, body: text, signal }) => {
      signal?.throwIfAborted();
      const { pathname, search } = new URL(url);
      const request = {
        method,
        path: `${pathname}${search}`,
        headers: Object.fromEntries(
          Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]),
        ),
        body: text === undefined ? undefined : (JSON.parse(text) as unknown),
      };
      sent.push(request);
      const answer = reply(request);
      if (answer instanceof Error) throw answer;
      const { status, body, headers = {} } = answer;
      const empty = status === 204 || status === 304;
      return { status, headers, body: empty ? '' : JSON.stringify(body ?? {}) };
    },
  };
};
