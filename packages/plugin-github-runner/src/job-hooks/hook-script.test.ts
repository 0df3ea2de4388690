import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { completedScript, startedScript } from './hook-script.ts';

type Reply = { status: number; text?: string } | 'hang';

interface Outcome {
  code: number;
  stderr: string;
  requests: string[];
}

const runHook = async (
  replies: Reply[],
  next?: readonly string[],
  makeScript = startedScript,
): Promise<Outcome> => {
  const folder = await mkdtemp(join(tmpdir(), 'hook-script-'));
  onTestFinished(async () => rm(folder, { recursive: true }));
  const socket = join(folder, 'it’s a socket');
  const requests: string[] = [];
  if (replies.length > 0) {
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const workspace = new URLSearchParams(await text(request)).get('workspace');
      requests.push(`${request.method} ${request.url} ${workspace}`);
      const reply = replies.shift() ?? 'hang';
      if (reply !== 'hang') response.writeHead(reply.status).end(reply.text ?? '');
    };
    const server = createServer((request, response) => void answer(request, response));
    server.listen(socket);
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
  }
  const script = join(folder, 'hook.sh');
  await writeFile(script, makeScript({ curl: '/usr/bin/curl', socket, next }));
  const env = { GITHUB_WORKSPACE: '/w/a b/ü' };
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-e', script], { env }, (error, _stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stderr, requests }),
    );
  });
};

describe('startedScript', () => {
  it('reports the workspace and lets the job begin', async () => {
    expect(await runHook([{ status: 200 }])).toEqual({
      code: 0,
      stderr: '',
      requests: ['POST /job-started /w/a b/ü'],
    });
  });

  it('asks again while the answer is 202', async () => {
    const { code, requests } = await runHook([{ status: 202 }, { status: 202 }, { status: 200 }]);
    expect(code).toBe(0);
    expect(requests).toHaveLength(3);
  });

  it('fails the job with the reason of a 409, whole', async () => {
    const { code, stderr } = await runHook([{ status: 409, text: 'it is\n\tbroken: 100 %\n' }]);
    expect(code).toBe(1);
    expect(stderr).toContain('it is\n\tbroken: 100 %\n');
  });

  it.each([404, 500])('lets the job begin after a %i', async (status) => {
    expect((await runHook([{ status }])).code).toBe(0);
  });

  it('lets the job begin when nobody listens', async () => {
    expect((await runHook([])).code).toBe(0);
  });

  it('lets the job begin when no answer comes', { timeout: 30_000 }, async () => {
    expect((await runHook(['hang'])).code).toBe(0);
  });

  it('ends as the hook after it does', async () => {
    expect((await runHook([{ status: 200 }], ['sh', '-c', 'exit "$0"', '7'])).code).toBe(7);
    expect((await runHook([], ['sh', '-c', 'exit 8'])).code).toBe(8);
    expect((await runHook([{ status: 409 }], ['sh', '-c', 'exit 7'])).code).toBe(1);
  });
});

const runCompleted = async (replies: Reply[], next?: readonly string[]): Promise<Outcome> =>
  runHook(replies, next, completedScript);

describe('completedScript', () => {
  it('reports the workspace once', async () => {
    expect(await runCompleted([{ status: 200 }])).toEqual({
      code: 0,
      stderr: '',
      requests: ['POST /job-completed /w/a b/ü'],
    });
  });

  it.each([202, 404, 409, 500])('fails no job with a %i', async (status) => {
    const { code, requests } = await runCompleted([{ status, text: 'no' }]);
    expect(code).toBe(0);
    expect(requests).toHaveLength(1);
  });

  it('fails no job when nobody listens or answers', { timeout: 30_000 }, async () => {
    expect((await runCompleted([])).code).toBe(0);
    expect((await runCompleted(['hang'])).code).toBe(0);
  });

  it('ends as the hook after it does', async () => {
    expect((await runCompleted([{ status: 200 }], ['sh', '-c', 'exit "$0"', '7'])).code).toBe(7);
    expect((await runCompleted([], ['sh', '-c', 'exit 8'])).code).toBe(8);
  });
});
