import { describe, expect, it, vi } from 'vitest';
import {
  client,
  startForwards,
  startService,
  statusOf,
  UDP_PORT,
  WAIT,
} from './machine-programs.ts';
import { canMakeNamespaces, makeNetwork } from './namespaces.ts';

const TEST_LIMIT_MS = 180_000;

describe.skipIf(!canMakeNamespaces)('two machines, UDP', { timeout: TEST_LIMIT_MS }, () => {
  const METRICS = Array.from({ length: 200 }, (_none, index) => `jobs.done.${index}:1|c`);

  it('loses no first datagram, and brings the answers', async () => {
    const network = makeNetwork();
    const service = await startService(network.central, 'udp', network.primary);
    await startForwards(network, 'auto', {
      FORWARD_HOST: network.primary,
      FORWARD_PORTS: `${UDP_PORT}/udp`,
    });
    const { answers } = await client<{ answers: string[] }>(
      network,
      'datagrams',
      `${UDP_PORT}`,
      ...METRICS,
    );
    expect(answers).toEqual(METRICS.map((metric) => metric.toUpperCase()));
    expect(service.lines.slice(1)).toEqual(METRICS);
  });

  it('loses nothing when no route leads to the primary', async () => {
    const network = makeNetwork();
    const service = await startService(network.central, 'udp', network.backup);
    await startForwards(network, 'auto', {
      FORWARD_HOST: `10.99.0.1 ${network.backup}`,
      FORWARD_PORTS: `${UDP_PORT}/udp`,
    });
    await client(network, 'datagrams', `${UDP_PORT}`, ...METRICS);
    expect(service.lines.slice(1)).toEqual(METRICS);
  });

  it('serves a client that began to send before there was a route', async () => {
    const network = makeNetwork();
    const { central, runner } = network;
    await central.run('ip', 'addr', 'add', '10.99.0.1/24', 'dev', 'eth0');
    await startService(central, 'udp', '10.99.0.1');
    const forwards = await startForwards(network, 'auto', {
      FORWARD_HOST: '10.99.0.1',
      FORWARD_PORTS: `${UDP_PORT}/udp`,
    });
    const answered = client(network, 'insist', `${UDP_PORT}`, 'anyone?');
    await vi.waitFor(async () => expect((await statusOf(forwards))?.facts['up']).toBe(false), WAIT);
    await runner.run('ip', 'route', 'add', '10.99.0.0/24', 'dev', 'eth0');
    expect(await answered).toEqual({ answered: true });
  });

  it('goes to the backup when the primary is killed, and back', async () => {
    const network = makeNetwork();
    const { central, primary, backup } = network;
    const first = await startService(central, 'udp', primary);
    const second = await startService(central, 'udp', backup);
    const forwards = await startForwards(network, 'auto', {
      FORWARD_HOST: `${primary} ${backup}`,
      FORWARD_PORTS: `${UDP_PORT}/udp`,
    });
    const send = async (...words: string[]): Promise<unknown> =>
      client(network, 'datagrams', `${UDP_PORT}`, ...words);
    await send('one');
    await first.kill();
    await send(...METRICS);
    // One datagram can be lost in finding out.
    expect(second.lines.length).toBeGreaterThanOrEqual(METRICS.length);
    const revived = await startService(central, 'udp', primary);
    await vi.waitFor(async () => {
      await send('back');
      expect(revived.lines).toContain('back');
    }, WAIT);
    expect((await statusOf(forwards))?.facts).toMatchObject({ target: primary, failovers: 2 });
  });

  it('follows a name to another address', async () => {
    const network = makeNetwork();
    const { central, primary, backup } = network;
    network.name({ stats: primary });
    const first = await startService(central, 'udp', primary);
    const second = await startService(central, 'udp', backup);
    await startForwards(network, 'auto', {
      FORWARD_HOST: 'stats',
      FORWARD_PORTS: `${UDP_PORT}/udp`,
    });
    await client(network, 'datagrams', `${UDP_PORT}`, 'one');
    expect(first.lines).toContain('one');
    network.name({ stats: backup });
    await vi.waitFor(async () => {
      await client(network, 'datagrams', `${UDP_PORT}`, 'two');
      expect(second.lines).toContain('two');
    }, WAIT);
  });
});
