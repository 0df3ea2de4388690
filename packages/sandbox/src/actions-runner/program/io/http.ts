import type * as Http from 'node:http';
import type * as Https from 'node:https';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers?: Record<string, string>;
  /** Sent as JSON, or as it is when it is a string. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** The reason phrase of the status line. */
  readonly reason: string;
  readonly requestId: string;
  readonly text: string;
}

/** The genuine runner's `GITHUB_ACTIONS_RUNNER_HTTP_TIMEOUT`, at its default. */
const TIMEOUT_MS = 100_000;

/**
 * Sends one request and reads the whole answer, whatever its status.
 *
 * @throws Error with .NET's wording when nobody listens; the abort reason when `signal` aborts.
 */
export async function sendRequest(request: HttpRequest): Promise<HttpAnswer> {
  const body = encodeBody(request.body);
  const headers: Record<string, string> = { 'User-Agent': 'GitHubActionsRunner-stand-in' };
  if (body !== undefined) headers['Content-Type'] = 'application/json; charset=utf-8';
  Object.assign(headers, request.headers);
  const limits = [AbortSignal.timeout(TIMEOUT_MS), ...(request.signal ? [request.signal] : [])];
  try {
    return await exchange(request, headers, body, AbortSignal.any(limits));
  } catch (error) {
    request.signal?.throwIfAborted();
    throw describeFailure(error, request.url);
  }
}

/** The answer's body as JSON. */
export function parseAnswer(answer: HttpAnswer): unknown {
  return JSON.parse(answer.text);
}

function encodeBody(body: unknown): string | undefined {
  return body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
}

function exchange(
  { method, url }: HttpRequest,
  headers: Record<string, string>,
  body: string | undefined,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { Agent, request } = transportFor(url);
    // A new connection a request: a kept one may be closed by the server while the next request is under way.
    const options = { method, headers, signal, agent: new Agent({ proxyEnv: proxyVariables() }) };
    const outgoing = request(url, options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          reason: incoming.statusMessage ?? '',
          requestId: String(incoming.headers['x-github-request-id'] ?? ''),
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** The genuine runner's proxies, except that it takes no addresses in `no_proxy` (RunnerWebProxy.cs). */
function proxyVariables(): Http.ProxyEnv {
  const { env } = process;
  const direct = [env['no_proxy'] || env['NO_PROXY'] || [], 'localhost', '127.0.0.1', '::1'];
  return { ...env, no_proxy: direct.flat().join(',') };
}

function transportFor(url: string): typeof Http | typeof Https {
  // `import 'node:http'` evaluates its lazy WebSocket exports, which costs 35 ms at every start.
  return process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http');
}

function describeFailure(error: unknown, url: string): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const { hostname, port } = new URL(url);
  if (code === 'ECONNREFUSED')
    return new Error(`Connection refused (${hostname}:${port})`, { cause: error });
  if (code === 'ENOTFOUND')
    return new Error(`Name or service not known (${hostname}:${port})`, { cause: error });
  return new Error(message, { cause: error });
}
