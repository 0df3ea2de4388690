import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { Secret } from './encodings.ts';

/** Stands before a GitHub and knows every credential that passes. */
export interface RecordingProxy {
  /** To be used as GitHub's own. */
  readonly url: string;
  /** What has passed, each once, named after the request. */
  secrets(): readonly Secret[];
}

/** A request that waits, or whose answer waits. */
export interface Held {
  readonly path: string;
  /** What its client has shown to be let in. */
  readonly credential: string | undefined;
}

/** What {@link startRecordingProxy} takes. */
export interface ProxySpec {
  /** GitHub's own address. */
  readonly target: string;
  /** Holds every request before GitHub gets it, and every answer before its client gets it. */
  readonly hold: (held: Held) => Promise<void>;
}

/** The members of an answer that nobody else may know. */
const SECRET_MEMBERS = new Set(['token', 'encoded_jit_config']);

const membersOf = (text: string): [string, string][] => {
  try {
    const value = JSON.parse(text) as Record<string, unknown> | null;
    return Object.entries(value ?? {}).filter(
      (entry): entry is [string, string] =>
        SECRET_MEMBERS.has(entry[0]) && typeof entry[1] === 'string',
    );
  } catch {
    return [];
  }
};

/** Headers that belong to a connection or to an encoding that is undone. */
const OWN_HEADERS = new Set([
  'host',
  'connection',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'keep-alive',
]);

const passedOn = (headers: Iterable<[string, string]>): [string, string][] =>
  [...headers].filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()));

const headersOf = ({ rawHeaders }: IncomingMessage): [string, string][] =>
  rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] satisfies [string, string]] : [],
  );

/** Starts one that ends with the test. */
export const startRecordingProxy = async ({ target, hold }: ProxySpec): Promise<RecordingProxy> => {
  const secrets = new Map<string, string>();
  const note = (value: string, name: string): void => {
    if (!secrets.has(value)) secrets.set(value, name);
  };

  const exchange = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url: path = '/' } = request;
    const call = `${method} ${path.split('/').at(-1)}`;
    const [scheme = '', credential] = request.headers.authorization?.split(' ') ?? [];
    if (credential !== undefined) note(credential, `${scheme} credential of ${call}`);
    const body = await buffer(request);
    await hold({ path, credential });
    const answer = await fetch(target + path, {
      method,
      headers: passedOn(headersOf(request)),
      ...(body.length > 0 ? { body } : {}),
      redirect: 'manual',
    });
    const content = Buffer.from(await answer.arrayBuffer());
    for (const [member, value] of membersOf(content.toString()))
      note(value, `${member} of ${call}`);
    await hold({ path, credential });
    response.writeHead(answer.status, passedOn(answer.headers).flat()).end(content);
  };

  const server = createServer((request, response) => {
    // A client that learns nothing tries again, as after any broken connection.
    exchange(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secrets: () => [...secrets].map(([value, name]) => ({ name, value })),
  };
};
