import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { findHaproxy } from '../src/haproxy/find-haproxy.ts';
import { haproxyConfig } from '../src/haproxy/haproxy-config.ts';
import { serversOf } from '../src/haproxy/servers.ts';
import { bootForwards } from './boot-forwards.ts';
import { accepts, dial, serveTcp, TARGET } from './services.ts';

const haproxy = await findHaproxy({});
const HOUR_MS = 3_600_000;

/** An hour takes this long. */
const SHORT_HOUR_MS = 20;

const UNITS_MS: Readonly<Record<string, number>> = { d: 24 * HOUR_MS, h: HOUR_MS };

/** The same configuration with all long limits shortened. */
const shortened = (configuration: string): string =>
  configuration.replaceAll(
    /^( {2}timeout \w+) (\d+)([dh])$/gm,
    (_line, name: string, count: string, unit: string) =>
      `${name} ${Math.round((Number(count) * (UNITS_MS[unit] ?? 0) * SHORT_HOUR_MS) / HOUR_MS)}ms`,
  );

const startShortened = async (port: number): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'haproxy-idle-'));
  const path = join(directory, 'haproxy.cfg');
  const servers = serversOf({ hosts: [TARGET] }, { addressesOf: (host) => [host] });
  const settings = { ports: [{ port, servers }], addresses: ['127.0.0.1'] };
  const configuration = haproxyConfig({ ...settings, adminSocket: join(directory, 'admin') });
  await writeFile(path, shortened(configuration));
  const child = spawn(haproxy ?? '', ['-db', '-f', path], { stdio: 'ignore' });
  onTestFinished(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await rm(directory, { recursive: true });
  });
  await vi.waitFor(async () => expect(await accepts(port)).toBe(true), { timeout: 20_000 });
};

const askAfter = async (port: number, idleMs: number): Promise<string> => {
  const socket = await dial(port);
  socket.on('end', () => socket.end());
  const closed = once(socket, 'close').then(() => 'cut');
  const ask = async (): Promise<string> => {
    const answer = once(socket, 'data') as Promise<[Buffer]>;
    socket.write('still there?');
    return (await answer)[0].toString();
  };
  await ask();
  await sleep(idleMs);
  return Promise.race([ask(), closed]);
};

describe('idle connections', () => {
  it.skipIf(haproxy === undefined)(
    'last for 48 h in haproxy, whose limits are shortened',
    async () => {
      const { port } = await serveTcp((socket) => socket.pipe(socket));
      await startShortened(port);
      expect(await askAfter(port, 48 * SHORT_HOUR_MS)).toBe('still there?');
      // What is shortened are the limits that count.
      expect(await askAfter(port, 25 * 24 * SHORT_HOUR_MS)).toBe('cut');
    },
  );

  it('outlive the limit within which a host must accept, in the relay', async () => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    await bootForwards(`${port}`, 'embedded');
    expect(await askAfter(port, 5_000)).toBe('still there?');
  });
});
