import { describe, expect, it, vi } from 'vitest';
import { findHaproxy } from '../src/haproxy/find-haproxy.ts';
import { forward, type ForwardOptions } from '../src/index.ts';
import { boot } from './boot.ts';
import { converse, freePort, serveTcp, TARGET } from './services.ts';

const haproxy = await findHaproxy({});
const WAIT = { timeout: 20_000, interval: 20 };
const BACKUP = '127.0.0.3';

describe.each(['haproxy', 'embedded'] as const)('hosts of %s', (engine) => {
  const missing = engine === 'haproxy' && haproxy === undefined;

  const start = async (
    variables: { FORWARD_HOST?: string; FORWARD_PORTS?: string },
    options: ForwardOptions = {},
  ): Promise<void> => {
    await boot(forward({ engine, ...options }), variables);
  };

  it.skipIf(missing)('tcp-backup leads to the last host first', async () => {
    const { port } = await serveTcp((socket) => socket.end('primary'));
    await serveTcp((socket) => socket.end('backup'), { host: BACKUP, port });
    await start({ FORWARD_HOST: `${TARGET} ${BACKUP}`, FORWARD_PORTS: `${port}/tcp-backup` });
    expect(await converse(port, 'who?')).toBe('backup');
  });

  it.skipIf(missing)('a port can have hosts and addresses of its own', async () => {
    const { port } = await serveTcp((socket) => socket.end('backup'), { host: BACKUP });
    await start({}, { hosts: { [port]: [TARGET, BACKUP] }, listen: '127.0.0.9' });
    expect(await converse(port, 'who?', '127.0.0.9')).toBe('backup');
    await expect(converse(port, 'who?', '127.0.0.1')).rejects.toThrow('ECONNREFUSED');
  });

  it.skipIf(missing)('all backups are tried in their order', async () => {
    const { port } = await serveTcp((socket) => socket.end('third'), { host: '127.0.0.4' });
    await start({ FORWARD_HOST: `${TARGET} ${BACKUP} 127.0.0.4`, FORWARD_PORTS: `${port}` });
    expect(await converse(port, 'who?')).toBe('third');
    const { stop } = await serveTcp((socket) => socket.end('second'), { host: BACKUP, port });
    await vi.waitFor(async () => expect(await converse(port, 'who?')).toBe('second'), WAIT);
    await stop();
    await vi.waitFor(async () => expect(await converse(port, 'who?')).toBe('third'), WAIT);
  });

  it.skipIf(missing)('one that is up again is used at once while all are down', async () => {
    const port = await freePort();
    await start({ FORWARD_HOST: `${TARGET} ${BACKUP}`, FORWARD_PORTS: `${port}` });
    await vi.waitFor(async () => {
      expect(await converse(port, 'who?').catch(() => '')).toBe('');
    }, WAIT);
    await serveTcp((socket) => socket.end('primary'), { port });
    expect(await converse(port, 'who?')).toBe('primary');
  });
});
