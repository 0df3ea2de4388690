import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { findHaproxy } from '../src/haproxy/find-haproxy.ts';
import { converse, openUdpClient, serveTcp, serveUdp, TARGET } from './services.ts';

const haproxy = await findHaproxy({});

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

/** Starts a runner with at most `limit` file descriptors that does nothing but forward; resolves when it serves. */
const startLimited = async (
  engine: 'embedded' | 'haproxy',
  ports: string,
  limit: number,
): Promise<{ readonly child: ChildProcess; readonly lines: readonly string[] }> => {
  const program = join(import.meta.dirname, 'programs', 'forward-program.ts');
  const node = [process.execPath, '--conditions=ci-runner-source', program, engine];
  const child = spawn('prlimit', [`--nofile=${limit}:${limit}`, ...node], {
    env: { PATH: '/usr/bin:/bin', FORWARD_HOST: TARGET, FORWARD_PORTS: ports },
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
  return { child, lines };
};

describe.skipIf(process.platform !== 'linux')('with few file descriptors', () => {
  it('the relays leave the supervisor its own', async () => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    const udpPort = await serveUdp();
    const { child, lines } = await startLimited('embedded', `${port} ${udpPort}/udp`, LIMIT);
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

  it.skipIf(haproxy === undefined).each([LIMIT, 1_024, 20_000])(
    'haproxy takes as many connections as %d allow, and has nothing to complain about',
    async (limit) => {
      const { port } = await serveTcp((socket) => socket.pipe(socket));
      const { lines } = await startLimited('haproxy', String(port), limit);
      expect(await converse(port, 'hello')).toBe('hello');
      expect(lines.filter((line) => /ALERT|WARNING/.test(line))).toEqual([]);
    },
  );

  it.skipIf(haproxy === undefined)('what comes beyond the limit of haproxy waits', async () => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    await startLimited('haproxy', String(port), LIMIT);
    const sockets = Array.from({ length: LIMIT / 2 }, () => connect(port, '127.0.0.1'));
    const answered = new Set<Socket>();
    for (const socket of sockets) {
      void isAnswered(socket).then((is) => is && answered.add(socket));
    }
    await vi.waitFor(() => expect(answered.size).toBeGreaterThan(LIMIT / 4), WAIT);
    expect(answered.size).toBeLessThan(sockets.length);
    await vi.waitFor(() => {
      for (const socket of answered) socket.destroy();
      expect(answered.size).toBe(sockets.length);
    }, WAIT);
  });
});
