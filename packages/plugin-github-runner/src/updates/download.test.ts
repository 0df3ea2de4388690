import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { hastyClock } from '../../tests/hasty-clock.ts';
import { sha256Of } from '../../tests/releases.ts';
import { download } from './download.ts';

type Reply = (response: ServerResponse, request: IncomingMessage) => void;

const content = randomBytes(300_000);

const whole: Reply = (response) => response.end(content);
const cut: Reply = (response) => {
  response.writeHead(200, { 'content-length': content.length });
  response.write(content.subarray(0, 100_000), () => response.destroy());
};
/** Without a length only the checksum shows that something is missing. */
const cutAtChunk: Reply = (response) => response.end(content.subarray(0, 100_000));
const tampered: Reply = (response) => response.end(Buffer.from(content).fill(0, 1_000, 1_001));
const status =
  (code: number): Reply =>
  (response) =>
    response.writeHead(code).end('no');
const silent: Reply = () => {};
const silentBody: Reply = (response) => {
  response.writeHead(200, { 'content-length': content.length });
  response.write(content.subarray(0, 1_000));
};
const moved =
  (to: string): Reply =>
  (response) =>
    response.writeHead(302, { location: to }).end();

/** Answers the requests one after the other, the last reply for ever. */
const startServer = async (
  ...replies: Reply[]
): Promise<{ url: string; requests: IncomingMessage[] }> => {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    reply?.(response, request);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/archive`;
  return { url, requests };
};

/** Downloads; answers what is in the file then. */
const fetchFrom = async (
  url: string,
  {
    token,
    signal = new AbortController().signal,
    stallMs = 2_000,
  }: { token?: string; signal?: AbortSignal; stallMs?: number } = {},
): Promise<Buffer> => {
  const folder = await mkdtemp(join(tmpdir(), 'download-test-'));
  onTestFinished(async () => rm(folder, { recursive: true }));
  await using file = await open(join(folder, 'file'), 'wx+');
  const release = { version: '1.2.3', filename: 'archive', url, sha256: sha256Of(content), token };
  const log = { info: () => {}, warn: () => {}, error: () => {}, child: () => expect.fail() };
  await download(release, file, { clock: hastyClock(), log, signal, stallMs });
  return readFile(join(folder, 'file'));
};

it.each<[string, Reply[]]>([
  ['at once', [whole]],
  ['after errors of the server', [status(500), status(503), whole]],
  ['after a refusal for a time', [status(429), whole]],
  ['after connections that broke', [cut, cut, whole]],
  ['after a connection that brought nothing', [silent, whole]],
  ['after a connection that stopped bringing', [silentBody, whole]],
])('comes whole %s', async (_when, replies) => {
  const count = replies.length;
  const { url, requests } = await startServer(...replies);
  expect((await fetchFrom(url)).equals(content)).toBe(true);
  expect(requests).toHaveLength(count);
});

it('follows a redirect, and shows the token to the first host only', async () => {
  const storage = await startServer(whole);
  const first = await startServer(moved(storage.url));
  expect((await fetchFrom(first.url, { token: 'once' })).equals(content)).toBe(true);
  expect(first.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer once']);
  expect(storage.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

it.each<[string, Reply, string]>([
  ['other bytes', tampered, 'is refused: its SHA-256 is'],
  ['fewer bytes than were sent', cutAtChunk, 'is refused: its SHA-256 is'],
  ['404', status(404), 'failed: 404'],
  ['a redirect to nowhere', moved('http://127.0.0.1:1/'), 'failed: no answer'],
  ['a connection that always breaks', cut, 'failed: no answer'],
  ['a host that is silent for ever', silent, 'no byte came for 0.5 s'],
])('is refused: %s', async (_what, reply, words) => {
  const { url } = await startServer(reply);
  const error = fetchFrom(url, { stallMs: 500 });
  await expect(error).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  await expect(error).rejects.toThrow(words);
});

it('does not ask again for bytes that are wrong', async () => {
  const { url, requests } = await startServer(tampered, whole);
  await expect(fetchFrom(url)).rejects.toThrow(sha256Of(content));
  expect(requests).toHaveLength(1);
});

it('ends when it is told to', async () => {
  const told = new AbortController();
  const { url } = await startServer((response, request) => {
    silentBody(response, request);
    told.abort(new Error('draining'));
  });
  await expect(fetchFrom(url, { signal: told.signal })).rejects.toThrow('draining');
});
