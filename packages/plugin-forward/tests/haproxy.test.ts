import { definePlugin } from '@ci-runner/core';
import { describe, expect, it, vi } from 'vitest';
import { findHaproxy } from '../src/haproxy/find-haproxy.ts';
import { forward } from '../src/index.ts';
import { startHaproxy, type Haproxy } from '../src/haproxy/start-haproxy.ts';
import { createForwardWatch, type ForwardWatch } from '../src/status/forward-watch.ts';
import { boot } from './boot.ts';
import { bootForwards } from './boot-forwards.ts';
import { converse, haproxyProcesses, servePrivileged, serveTcp, TARGET } from './services.ts';

const haproxy = await findHaproxy({});
const WAIT = { timeout: 20_000, interval: 20 };

describe.skipIf(haproxy === undefined)('haproxy', () => {
  it('comes back when it was killed', async () => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    const { records } = await bootForwards(`${port}`, 'auto');
    for (let count = 1; count <= 2; count += 1) {
      const [victim] = await haproxyProcesses();
      process.kill(victim?.pid ?? Number.NaN, 'SIGKILL');
      await vi.waitFor(() => {
        const back = records.filter(({ message }) => message === 'haproxy runs again');
        expect(back).toHaveLength(count);
      }, WAIT);
      expect(await converse(port, 'again')).toBe('again');
    }
  });

  it('comes back during a drain, because the last job still needs it', async () => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    let answer: string | undefined;
    const variables = { FORWARD_HOST: TARGET, FORWARD_PORTS: `${port}` };
    const { records, stop } = await boot(forward(), variables, async () => {
      const [victim] = await haproxyProcesses();
      process.kill(victim?.pid ?? Number.NaN, 'SIGKILL');
      await vi.waitFor(() => {
        expect(records.map(({ message }) => message)).toContain('haproxy runs again');
      }, WAIT);
      answer = await converse(port, 'last job');
    });
    const { error } = await stop();
    expect(error).toBeUndefined();
    expect(answer).toBe('last job');
    expect(await haproxyProcesses()).toEqual([]);
  });

  it('follows its target from no address to one to another, and keeps it and its counts over a restart', async () => {
    const { port } = await serveTcp((socket) => socket.end('first'));
    await serveTcp((socket) => socket.end('second'), { host: '127.0.0.3', port });
    let address: string | undefined;
    const forwarded = { port, protocol: 'tcp', hosts: ['db'] } as const;
    const closing = new AbortController();
    let moving: Haproxy | undefined;
    let watch: ForwardWatch | undefined;
    const untilCounted = async (total: number): Promise<void> =>
      vi.waitFor(() => expect(watch?.state().traffic.total).toBe(total), WAIT);
    const { records } = await boot(
      definePlugin({
        name: 'moving',
        setup({ hooks }) {
          hooks.prepareSystem.tap(async (_config, context) => {
            const watched = createForwardWatch(forwarded, 'haproxy', context);
            watch = watched;
            const forwarding = {
              context,
              forwards: [forwarded],
              targets: { addressOf: () => address, refresh: async () => ['db'] },
              closing: closing.signal,
              addresses: ['127.0.0.1'],
              watchOf: () => watched,
            };
            moving = await startHaproxy(forwarding, haproxy ?? '', [forwarded]);
          });
          hooks.closeRunner.tap(() => closing.abort());
        },
      })(),
      {},
    );
    expect(await converse(port, 'hello')).toBe('');
    for (const [next, answer] of [
      [TARGET, 'first'],
      ['127.0.0.3', 'second'],
    ] as const) {
      address = next;
      await moving?.retarget();
      expect(await converse(port, 'hello')).toBe(answer);
    }
    await untilCounted(3);
    const [victim] = await haproxyProcesses();
    process.kill(victim?.pid ?? Number.NaN, 'SIGKILL');
    await vi.waitFor(() => {
      expect(records.map(({ message }) => message)).toContain('haproxy runs again');
    }, WAIT);
    expect(await converse(port, 'hello')).toBe('second');
    await untilCounted(4);
  });

  it.skipIf(process.getuid?.() !== 0)('never stays root', async () => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    await bootForwards(`${port}`, 'haproxy');
    const [unprivileged] = await haproxyProcesses();
    expect(unprivileged?.uid).toBeGreaterThan(0);
  });

  it.skipIf(process.getuid?.() !== 0)('gives root up after opening a privileged port', async () => {
    const port = await servePrivileged((socket) => socket.pipe(socket));
    await bootForwards(`${port}`, 'haproxy');
    const [privileged] = await haproxyProcesses();
    expect(privileged?.uid).toBeGreaterThan(0);
    expect(await converse(port, 'low')).toBe('low');
  });
});
