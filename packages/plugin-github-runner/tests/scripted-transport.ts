import type { Transport } from '../src/api/send-request.ts';

/** One request as it was sent. */
export interface SentRequest {
  readonly method: string;
  /** Path and query, below the host. */
  readonly path: string;
  readonly headers: Headers;
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
    transport: async (url, init) => {
      init.signal?.throwIfAborted();
      const { pathname, search } = new URL(url);
      const request = {
        method: init.method ?? 'GET',
        path: `${pathname}${search}`,
        headers: new Headers(init.headers),
        body: typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined,
      };
      sent.push(request);
      const answer = reply(request);
      if (answer instanceof Error) throw answer;
      const { status, body, headers = {} } = answer;
      const text = status === 204 || status === 304 ? null : JSON.stringify(body ?? {});
      return new Response(text, { status, headers });
    },
  };
};
