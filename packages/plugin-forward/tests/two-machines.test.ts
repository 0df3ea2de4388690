import { existsSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { findHaproxy } from '../src/haproxy/find-haproxy.ts';
import {
  canMakeNamespaces,
  makeNetwork,
  type Machine,
  type Network,
  type Program,
} from './namespaces.ts';

const WAIT = { timeout: 60_000, interval: 50 };
const TEST_LIMIT_MS = 180_000;

const REDIS = '/usr/bin/redis-server';
const REDIS_PORT = 6379;
const BULK_PORT = 7000;
const UDP_PORT = 8125;
const GIGABYTE = 1_000_000_000;

const hasHaproxy = (await findHaproxy({})) !== undefined;

const messagesOf = ({ lines }: Program): string[] =>
  lines.map((line) => (JSON.parse(line) as { message: string }).message);

/** Starts Redis; it is ready when it answers. */
const startRedis = async (central: Machine, address: string): Promise<Program> => {
  const settings = `--bind ${address} --port ${REDIS_PORT} --tcp-backlog 4096 --protected-mode no`;
  const redis = central.start(REDIS, [...settings.split(' '), '--save', '']);
  await vi.waitFor(
    async () => central.run('redis-cli', '-h', address, 'SET', 'address', address),
    WAIT,
  );
  return redis;
};

const startService = async (
  central: Machine,
  kind: 'udp' | 'bulk',
  address: string,
  ...rest: string[]
): Promise<Program> => {
  const [node, ...args] = central.program('service-program');
  const port = kind === 'udp' ? UDP_PORT : BULK_PORT;
  const service = central.start(node, [...args, kind, address, `${port}`, ...rest]);
  await vi.waitFor(() => expect(service.lines).toContain('ready'), WAIT);
  return service;
};

const startForwards = async (
  { runner }: Network,
  engine: string,
  variables: { FORWARD_HOST: string; FORWARD_PORTS: string },
): Promise<Program> => {
  const [node, ...args] = runner.program('forward-program');
  const forwards = runner.start(node, [...args, engine], variables);
  await vi.waitFor(() => expect(messagesOf(forwards)).toContain('it serves'), WAIT);
  return forwards;
};

const client = async <Result>({ runner }: Network, ...args: string[]): Promise<Result> => {
  const [node, ...program] = runner.program('client-program');
  return JSON.parse(await runner.run(node, ...program, ...args)) as Result;
};

/** Which of the two Redis answers on the runner's localhost. */
const answering = async ({ runner }: Network): Promise<string> =>
  (await runner.run('redis-cli', '-h', '127.0.0.1', 'GET', 'address')).trim();

interface Item {
  readonly name: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

const statusOf = async (forwards: Program): Promise<Item | undefined> => {
  const before = forwards.lines.length;
  forwards.signal('SIGUSR2');
  return vi.waitFor(() => {
    const line = forwards.lines.slice(before).find((text) => text.includes('"message":"status"'));
    expect(line).toBeDefined();
    return (JSON.parse(line ?? '') as { items: Item[] }).items[0];
  }, WAIT);
};

describe.skipIf(!canMakeNamespaces).each(['haproxy', 'embedded'])(
  'two machines, TCP through %s',
  { timeout: TEST_LIMIT_MS },
  (engine) => {
    const skip = (engine === 'haproxy' && !hasHaproxy) || !existsSync(REDIS);

    it.skipIf(skip)('goes to the backup while the primary is killed, and back', async () => {
      const network = makeNetwork();
      const { central, primary, backup } = network;
      network.name({ 'db-1': primary, 'db-2': backup });
      const first = await startRedis(central, primary);
      await startRedis(central, backup);
      const forwards = await startForwards(network, engine, {
        FORWARD_HOST: 'db-1 db-2',
        FORWARD_PORTS: `${REDIS_PORT}`,
      });
      expect(await answering(network)).toBe(primary);
      await vi.waitFor(
        async () => expect((await statusOf(forwards))?.facts['up']).toBe(true),
        WAIT,
      );
      await first.kill();
      // No client sees it: each of them is led on to the backup.
      for (let count = 0; count < 10; count += 1) expect(await answering(network)).toBe(backup);
      await vi.waitFor(async () => {
        expect((await statusOf(forwards))?.facts).toMatchObject({
          engine,
          target: 'db-2',
          address: backup,
          up: true,
          failovers: 1,
        });
      }, WAIT);
      await startRedis(central, primary);
      await vi.waitFor(async () => expect(await answering(network)).toBe(primary), WAIT);
      await vi.waitFor(async () => {
        const { facts } = (await statusOf(forwards)) ?? {};
        expect(facts).toMatchObject({ target: 'db-1', up: true, failovers: 2 });
        expect(facts?.['totalConnections']).toBeGreaterThanOrEqual(12);
      }, WAIT);
      const told = messagesOf(forwards).filter((message) =>
        message.startsWith(`${REDIS_PORT}/tcp`),
      );
      expect(told).toEqual([
        `${REDIS_PORT}/tcp leads to db-2 now: db-1 does not answer`,
        `${REDIS_PORT}/tcp leads to db-1 again`,
      ]);
    });

    it.skipIf(skip)('follows a name to another address', async () => {
      const network = makeNetwork();
      const { central, primary, backup } = network;
      network.name({ db: primary });
      await startRedis(central, primary);
      await startRedis(central, backup);
      await startForwards(network, engine, {
        FORWARD_HOST: 'db',
        FORWARD_PORTS: `${REDIS_PORT}`,
      });
      expect(await answering(network)).toBe(primary);
      network.name({ db: backup });
      await vi.waitFor(async () => expect(await answering(network)).toBe(backup), WAIT);
    });

    it.skipIf(skip)('carries 2,000 connections at once', async () => {
      const network = makeNetwork();
      await startRedis(network.central, network.primary);
      await startForwards(network, engine, {
        FORWARD_HOST: network.primary,
        FORWARD_PORTS: `${REDIS_PORT}`,
      });
      expect(await client(network, 'many', `${REDIS_PORT}`, '2000')).toEqual({ answered: 2_000 });
    });

    it.skipIf(engine === 'haproxy' && !hasHaproxy)('carries 1 GB, and counts it', async () => {
      const network = makeNetwork();
      await startService(network.central, 'bulk', network.primary, `${GIGABYTE}`);
      const forwards = await startForwards(network, engine, {
        FORWARD_HOST: network.primary,
        FORWARD_PORTS: `${BULK_PORT}`,
      });
      expect(await client(network, 'count', `${BULK_PORT}`)).toEqual({ bytes: GIGABYTE });
      await vi.waitFor(async () => {
        const { facts } = (await statusOf(forwards)) ?? {};
        expect(facts?.['bytesReceived']).toBeGreaterThanOrEqual(GIGABYTE);
      }, WAIT);
    });
  },
);

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
