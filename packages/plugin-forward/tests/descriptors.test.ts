import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished, vi } from 'vitest';
import { converse, openUdpClient, serveTcp, serveUdp, TARGET } from './services.ts';

const WAIT = { timeout: 40_000, interval: 50 };
const LIMIT = 200;

/** Whether the connection is answered; one that is cut is not. */
const isAnswered = async (socket: Socket): Promise<boolean> =>
  new Promise((resolve) => {
    socket.once('data', () => resolve(true));
    socket.once('close', () => resolve(false));
    socket.on('error', () => {});
    socket.write('anyone?');
  });

it.skipIf(process.platform !== 'linux')('leaves the supervisor its file descriptors', async () => {
  const { port } = await serveTcp((socket) => socket.pipe(socket));
  const udpPort = await serveUdp();
  const program = join(import.meta.dirname, 'programs', 'forward-program.ts');
  const node = [process.execPath, '--conditions=ci-runner-source', program, 'embedded'];
  const child = spawn('prlimit', [`--nofile=${LIMIT}:${LIMIT}`, ...node], {
    env: { PATH: '/usr/bin:/bin', FORWARD_HOST: TARGET, FORWARD_PORTS: `${port} ${udpPort}/udp` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  await vi.waitFor(() => expect(lines.join()).toContain('it serves'), WAIT);

  const sockets = Array.from({ length: LIMIT }, () => connect(port, '127.0.0.1'));
  const answered = (await Promise.all(sockets.map(isAnswered))).filter(Boolean).length;
  expect(answered).toBeGreaterThan(10);
  expect(answered).toBeLessThan(LIMIT / 2);
  for (let count = 0; count < LIMIT; count += 1) {
    expect(await (await openUdpClient(udpPort))(`client ${count}`)).toBe(`CLIENT ${count}`);
  }
  child.kill('SIGUSR2');
  await vi.waitFor(() => expect(lines.join()).toContain('"message":"status"'), WAIT);
  for (const socket of sockets) socket.destroy();
  await vi.waitFor(async () => expect(await converse(port, 'again')).toBe('again'), WAIT);
});
