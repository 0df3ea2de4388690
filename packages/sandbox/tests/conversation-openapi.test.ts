import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runProgram, startProgram } from '../src/actions-runner/testing/processes.ts';
import type { Exchange } from '../src/github/http/app.ts';
import { serveGitHub } from '../src/github/start-github.ts';
import { type EmbeddedGitHub, installActionsRunner } from '../src/index.ts';
import { type Faults, OpenApiDescription } from './openapi-description.ts';

vi.setConfig({ testTimeout: 60_000 });

const prefix = '/api/v3';
const exchanges: Exchange[] = [];
let directory: string;
let github: EmbeddedGitHub;
let description: OpenApiDescription;

beforeAll(async () => {
  description = await OpenApiDescription.load('api.github.com');
  directory = await mkdtemp(join(tmpdir(), 'conversation-'));
  github = await serveGitHub({}, (exchange) => exchanges.push(exchange));
  await installActionsRunner(directory);
});

afterAll(async () => {
  await github.close();
  await rm(directory, { recursive: true, force: true });
});

const parsed = (text: string): unknown => (text === '' ? undefined : JSON.parse(text));

/** The exchanges at documented endpoints, by name and status, each with what is wrong with it. */
function judged(): [string, Faults][] {
  return exchanges.flatMap((exchange): [string, Faults][] => {
    const path = exchange.path.slice(prefix.length);
    const operation = description.match(exchange.method, path);
    if (!exchange.path.startsWith(`${prefix}/`) || operation === undefined) return [];
    const faults = description.check({
      ...exchange,
      path,
      requestBody: parsed(exchange.requestText),
      body: parsed(exchange.responseText),
    });
    return [[`${operation.name} ${exchange.status}`, faults]];
  });
}

it('what the stand-in and its server say to each other at documented endpoints is as described', async () => {
  const runners = '/repos/{owner}/{repo}/actions/runners';
  const config = join(directory, 'config.sh');
  const where = ['--unattended', '--url', `${github.url}/octo/app`];
  const registered = await runProgram(config, [...where, '--pat', github.token, '--name', 'one']);
  expect(registered).toMatchObject({ code: 0, stderr: '' });
  const listener = startProgram(join(directory, 'bin/Runner.Listener'), ['run']);
  const steps = [{ run: 'while [ ! -e go ]; do sleep 0.1; done' }];
  const job = github.queueJob({ name: 'job', labels: [], steps });
  await job.acquired;
  expect((await runProgram(config, ['remove', '--pat', github.token])).code).toBe(1);
  await runProgram('touch', [join(directory, '_work/app/app/go')]);
  expect((await job.completed).result).toBe('Succeeded');
  listener.kill('SIGINT');
  expect((await listener.exited).code).toBe(0);
  expect(await runProgram(config, ['remove', '--pat', github.token])).toMatchObject({ code: 0 });
  const verdicts = judged();
  expect(new Set(verdicts.map(([name]) => name))).toEqual(
    new Set([
      `post ${runners}/registration-token 201`,
      `get ${runners} 200`,
      `post ${runners}/remove-token 201`,
      `delete ${runners}/{runner_id} 422`,
      `delete ${runners}/{runner_id} 204`,
    ]),
  );
  const faulty = verdicts.filter(([, { request, response }]) => request.length + response.length);
  expect(faulty).toEqual([]);
});
