import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { definePlugin } from '@ci-runner/core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Carrier } from '../src/carrier.ts';
import { findHaproxy } from '../src/haproxy/find-haproxy.ts';
import { forward } from '../src/index.ts';
import { startHaproxy } from '../src/haproxy/start-haproxy.ts';
import { createForwardWatch, type ForwardWatch } from '../src/status/forward-watch.ts';
import { boot } from './boot.ts';
import { bootForwards } from './boot-forwards.ts';
import { converse, haproxyProcesses, servePrivileged, serveTcp, TARGET } from './services.ts';

const haproxy = await findHaproxy({});
/** Whether it runs; one that nobody has reaped yet does not. */
const isAlive = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

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
    let addresses: readonly string[] = [];
    const forwarded = { port, protocol: 'tcp', hosts: ['db'] } as const;
    const closing = new AbortController();
    let moving: Carrier | undefined;
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
              targets: { addressesOf: () => addresses, refresh: async () => ['db'] },
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
      addresses = [next];
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

  it.skipIf(process.getuid?.() !== 0)('outlives a job that removes all that it can', async () => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    const { records } = await bootForwards(`${port}`, 'haproxy');
    const [victim] = await haproxyProcesses();
    const commandLine = await readFile(`/proc/${victim?.pid}/cmdline`, 'utf8');
    const directory = dirname(commandLine.split('\0').find((word) => word.endsWith('.cfg'))!);
    const removal = spawnSync('rm', ['-rf', '--', directory], {
      uid: victim!.uid,
      gid: victim!.uid,
    });
    expect(removal.status).toBe(1);
    process.kill(victim!.pid, 'SIGKILL');
    await vi.waitFor(() => {
      expect(records.map(({ message }) => message)).toContain('haproxy runs again');
    }, WAIT);
    expect(await converse(port, 'again')).toBe('again');
  });

  it.skipIf(process.platform !== 'linux')('dies with a supervisor that is killed', async () => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    const program = join(import.meta.dirname, 'programs', 'forward-program.ts');
    // What is killed leaves its files behind.
    const TMPDIR = await mkdtemp(join(tmpdir(), 'killed-'));
    onTestFinished(async () => rm(TMPDIR, { recursive: true }));
    await chmod(TMPDIR, 0o755);
    const supervisor = spawn(
      process.execPath,
      ['--conditions=ci-runner-source', program, 'haproxy'],
      {
        env: { PATH: '/usr/bin:/bin', TMPDIR, FORWARD_HOST: TARGET, FORWARD_PORTS: `${port}` },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    onTestFinished(() => void supervisor.kill('SIGKILL'));
    await vi.waitFor(async () => expect(await converse(port, 'up')).toBe('up'), WAIT);
    const [{ pid } = { pid: Number.NaN }] = await haproxyProcesses(supervisor.pid);
    expect(isAlive(pid)).toBe(true);
    onTestFinished(() => {
      if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    });
    supervisor.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), WAIT);
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
