import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { findHaproxy } from '../src/haproxy/find-haproxy.ts';
import {
  answering,
  BULK_PORT,
  client,
  messagesOf,
  REDIS,
  REDIS_PORT,
  startForwards,
  startRedis,
  startService,
  statusOf,
  WAIT,
} from './machine-programs.ts';
import { canMakeNamespaces, makeNetwork } from './namespaces.ts';

const TEST_LIMIT_MS = 180_000;

const GIGABYTE = 1_000_000_000;

const hasHaproxy = (await findHaproxy({})) !== undefined;

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

    it.skipIf(skip)('goes to the backup when the primary’s machine is gone', async () => {
      const network = makeNetwork();
      // Its first address takes all others with it, so that the second has to be the one that vanishes.
      const { central, primary: backup, backup: primary } = network;
      await startRedis(central, primary);
      await startRedis(central, backup);
      const forwards = await startForwards(network, engine, {
        FORWARD_HOST: `${primary} ${backup}`,
        FORWARD_PORTS: `${REDIS_PORT}`,
      });
      expect(await answering(network)).toBe(primary);
      await central.run('ip', 'addr', 'del', `${primary}/24`, 'dev', 'eth0');
      await vi.waitFor(async () => expect(await answering(network)).toBe(backup), WAIT);
      await vi.waitFor(async () => {
        expect((await statusOf(forwards))?.facts['target']).toBe(backup);
      }, WAIT);
    });

    it.skipIf(skip)('asks a host only that has another to stand in for it', async () => {
      const network = makeNetwork();
      const { central, primary, backup } = network;
      await startRedis(central, primary);
      /** How many packets of TCP have come to the central machine. */
      const packets = async (): Promise<number> => {
        const lines = (await central.run('cat', '/proc/net/snmp')).split('\n');
        const [names = [], values = []] = lines
          .filter((line) => line.startsWith('Tcp:'))
          .map((line) => line.split(' '));
        return Number(values[names.indexOf('InSegs')]);
      };
      const forwards = await startForwards(network, engine, {
        FORWARD_HOST: primary,
        FORWARD_PORTS: `${REDIS_PORT}`,
      });
      await vi.waitFor(
        async () => expect((await statusOf(forwards))?.facts['up']).toBe(true),
        WAIT,
      );
      const before = await packets();
      await sleep(5_000);
      expect(await packets()).toBe(before);
      await forwards.stop();
      // A dead host is asked whether it is back.
      await startForwards(network, engine, {
        FORWARD_HOST: `${backup} ${primary}`,
        FORWARD_PORTS: `${REDIS_PORT}`,
      });
      expect(await answering(network)).toBe(primary);
      const asked = await packets();
      await vi.waitFor(async () => expect(await packets()).toBeGreaterThan(asked + 3), WAIT);
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
