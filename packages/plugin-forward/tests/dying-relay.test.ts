import type { Worker } from 'node:worker_threads';
import { expect, it, vi } from 'vitest';
import { forward } from '../src/index.ts';
import { boot } from './boot.ts';
import { converse, openUdpClient, serveTcp, serveUdp, TARGET } from './services.ts';

const WAIT = { timeout: 20_000, interval: 20 };

/** An order that no supervisor gives: the thread stumbles over it. */
const NONSENSE = { type: 'health', forward: 0 };

it.each([
  ['is ended', async (thread: Worker) => void (await thread.terminate()), 'by itself'],
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  ['fails', async (thread: Worker) => thread.postMessage(NONSENSE), 'with an error: '],
])('a relay whose thread %s comes back', async (_how, end, words) => {
  const threads: Worker[] = [];
  const note = (thread: Worker): void => void threads.push(thread);
  process.on('worker', note);
  const { port } = await serveTcp((socket) => socket.pipe(socket));
  const udpPort = await serveUdp();
  const { records } = await boot(forward({ engine: 'embedded' }), {
    FORWARD_HOST: TARGET,
    FORWARD_PORTS: `${port} ${udpPort}/udp`,
  });
  expect(threads).toHaveLength(2);
  process.off('worker', note);
  expect(await converse(port, 'before')).toBe('before');
  await Promise.all(
    threads.map(async (thread) => {
      const ended = new Promise((resolve) => thread.once('exit', resolve));
      await end(thread);
      await ended;
    }),
  );
  const said = (): string[] => records.map(({ message }) => message);
  await vi.waitFor(() => {
    for (const what of [`the relay of ${port}/tcp`, `the relay of ${udpPort}/udp`]) {
      expect(said().find((message) => message.startsWith(`${what} ended ${words}`))).toBeDefined();
      expect(said()).toContain(`${what} runs again`);
    }
  }, WAIT);
  expect(await converse(port, 'after')).toBe('after');
  const ask = await openUdpClient(udpPort);
  expect(await ask('after')).toBe('AFTER');
});
