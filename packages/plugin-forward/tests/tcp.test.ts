import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { forward } from '../src/index.ts';
import { findHaproxy } from '../src/haproxy/find-haproxy.ts';
import { listenAddresses } from '../src/targets/listen-addresses.ts';
import { boot, bootToEnd } from './boot.ts';
import { bootForwards, forwardEvents } from './boot-forwards.ts';
import {
  accepts,
  converse,
  dial,
  freePort,
  haproxyProcesses,
  serveTcp,
  serveUdp,
  TARGET,
} from './services.ts';

const haproxy = await findHaproxy({});
const WAIT = { timeout: 20_000, interval: 20 };

describe.each(['haproxy', 'embedded'] as const)('TCP through %s', (engine) => {
  const missing = engine === 'haproxy' && haproxy === undefined;

  it.skipIf(missing)('carries bytes both ways and keeps half-closed connections', async () => {
    const { port } = await serveTcp((socket) => {
      // Answers only after the client has ended its direction.
      text(socket).then(
        (words) => socket.end(words.toUpperCase()),
        () => {},
      );
    });
    const booted = await bootForwards(`${port}`, engine);
    for (const host of listenAddresses()) {
      expect(await converse(port, `hello from ${host}`, host)).toBe(
        `HELLO FROM ${host.toUpperCase()}`,
      );
    }
    expect(forwardEvents(booted)).toEqual([
      { port, protocol: 'tcp', target: `${TARGET}:${port}`, engine, ok: true },
    ]);
  });

  it.skipIf(missing)('passes the end of the service on while the client still sends', async () => {
    const received = Promise.withResolvers<string>();
    const { port } = await serveTcp((socket) => {
      socket.end('bye');
      text(socket).then(
        (words) => words && received.resolve(words),
        () => {},
      );
    });
    await bootForwards(`${port}`, engine);
    const client = await dial(port);
    expect(await text(client)).toBe('bye');
    client.end('last words');
    expect(await received.promise).toBe('last words');
  });

  it.skipIf(missing)('loses nothing of a large answer', async () => {
    const chunk = Buffer.alloc(1_000_000, 'x');
    const { port } = await serveTcp((socket) => {
      for (let count = 0; count < 30; count += 1) socket.write(chunk);
      socket.end();
    });
    await bootForwards(`${port}`, engine);
    expect((await converse(port, 'hello')).length).toBe(30_000_000);
  });

  it.skipIf(missing)('carries 200 connections at once', async () => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    await bootForwards(`${port}`, engine);
    const clients = await Promise.all(Array.from({ length: 200 }, async () => dial(port)));
    const answers = clients.map(async (client, index) => {
      client.end(`client ${index}`);
      return text(client);
    });
    expect(await Promise.all(answers)).toEqual(clients.map((_client, index) => `client ${index}`));
  });

  it.skipIf(missing)('survives a connection that breaks', async () => {
    const { port } = await serveTcp((socket) => {
      socket.once('data', (words) => {
        if (words.toString() === 'break') socket.resetAndDestroy();
        else socket.end(words);
      });
    });
    await bootForwards(`${port}`, engine);
    const broken = await dial(port);
    const closed = new Promise((resolve) => broken.once('close', resolve));
    broken.on('end', () => broken.end()).resume();
    broken.write('break');
    await closed;
    expect(await converse(port, 'fine')).toBe('fine');
  });

  it.skipIf(missing)(
    'only warns of a service that is down, and leads to it when it is up',
    async () => {
      const port = await freePort();
      const { records } = await bootForwards(`${port}`, engine);
      await vi.waitFor(() => {
        const warning = records.find(({ level }) => level === 'warn');
        expect(warning?.message).toContain(`${TARGET}:${port} cannot be reached now`);
      }, WAIT);
      await serveTcp((socket) => socket.pipe(socket), { port });
      expect(await converse(port, 'late')).toBe('late');
    },
  );

  it.skipIf(missing)('only warns of a host that has no address', async () => {
    const port = await freePort();
    const variables = { FORWARD_HOST: 'db.invalid', FORWARD_PORTS: `${port}` };
    const { records } = await boot(forward({ engine }), variables);
    const warnings = records.filter(({ level }) => level === 'warn');
    expect(warnings.map(({ message }) => message).join()).toContain('db.invalid has no address');
    const answer = await converse(port, 'anyone?').catch(() => 'reset');
    expect(['', 'reset']).toContain(answer);
  });

  it.skipIf(missing)('ends the boot with an error that names every port in use', async () => {
    const { port } = await serveTcp(() => {}, { host: '127.0.0.1' });
    const { port: other } = await serveTcp(() => {}, { host: '127.0.0.1' });
    const free = await freePort();
    const { result, records } = await bootToEnd(forward({ engine }), {
      FORWARD_HOST: TARGET,
      FORWARD_PORTS: `${port} ${free} ${other}`,
    });
    expect(result.error?.code).toBe('PORT_UNAVAILABLE');
    expect(result.exitCode).toBe(78);
    expect(result.error?.message).toContain(`port ${port}/tcp`);
    expect(result.error?.message).toContain(`port ${other}/tcp`);
    expect(result.error?.message).not.toContain(`port ${free}/tcp`);
    expect(forwardEvents({ records })).toContainEqual(
      expect.objectContaining({ port, engine, ok: false }),
    );
    expect(await accepts(free)).toBe(false);
    expect(await haproxyProcesses()).toEqual([]);
  });

  it.skipIf(missing)('releases everything, open connections included', async () => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    const udp = await serveUdp();
    const { stop } = await bootForwards(`${port} ${udp}/udp`, engine);
    const client = await dial(port);
    const closed = new Promise((resolve) => client.once('close', resolve));
    client.on('end', () => client.end()).resume();
    const { error } = await stop();
    expect(error).toBeUndefined();
    await closed;
    expect(await accepts(port)).toBe(false);
    expect(await haproxyProcesses()).toEqual([]);
    // Both ports can be had again.
    await (await bootForwards(`${port} ${udp}/udp`, engine)).stop();
  });
});
