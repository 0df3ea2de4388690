import { expect, test } from 'vitest';
import { startServer } from '../../testing/servers.ts';
import { createRunService, type JobMessage } from '../server/run-service.ts';
import { createServiceCall } from '../server/service-client.ts';
import { createJobLog } from './job-log.ts';

const job = { planId: 'P', jobId: 'J', variables: {} } as unknown as JobMessage;
const token = { get: () => Promise.resolve('T'), discard: () => {} };

/** What arrives of a log of `count` lines, batch by batch, at a server that answers each batch with a status. */
async function arrived(count: number, statusOf: (batch: number) => number): Promise<string[][]> {
  const accepted: string[][] = [];
  const server = await startServer(({ body }) => {
    const status = statusOf(server.requests.length);
    if (status === 204) accepted.push((JSON.parse(body) as { lines: string[] }).lines);
    return { status };
  });
  const log = createJobLog(createRunService(`${server.url}/`, createServiceCall(token)), job);
  for (let line = 0; line < count; line += 1) log.line(String(line));
  await log.flush();
  await log.flush();
  return accepted;
}

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => String(from + index));

test('a long log arrives in batches', async () => {
  const batches = await arrived(2_500, () => 204);
  expect(batches.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
  expect(batches.flat()).toEqual(numbers(0, 2_500));
});

test('a batch that is lost on its way comes again', async () => {
  const batches = await arrived(1_500, (batch) => (batch === 2 ? 503 : 204));
  expect(batches.flat()).toEqual(numbers(0, 1_500));
});

test('a refused batch takes no other with it, and is mentioned', async () => {
  const [first, second] = await arrived(1_500, (batch) => (batch === 1 ? 413 : 204));
  expect(first?.[0]).toMatch(/^##\[error\]The server refused 1000 lines of this log: .*413/);
  expect(first?.slice(1)).toEqual(numbers(1_000, 1_500));
  expect(second).toBeUndefined();
});

test('a job that nobody knows any more ends its log', async () => {
  expect(await arrived(1_500, () => 404)).toEqual([]);
});
