import { existsSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { findHaproxy } from '../src/haproxy/find-haproxy.ts';
import {
  answering,
  client,
  REDIS,
  REDIS_PORT,
  startForwards,
  startNameServer,
  startRedis,
  startService,
  statusOf,
  UDP_PORT,
  WAIT,
} from './machine-programs.ts';
import { canMakeNamespaces, makeNetwork } from './namespaces.ts';

const TEST_LIMIT_MS = 180_000;

const FORWARD = { FORWARD_HOST: 'db', FORWARD_PORTS: `${REDIS_PORT}` };

/** In the search domain of the runner’s machine. */
const NAME = 'db.central.test';

const hasHaproxy = (await findHaproxy({})) !== undefined;

describe.skipIf(!canMakeNamespaces).each(['haproxy', 'embedded'])(
  'two machines and a name server, TCP through %s',
  { timeout: TEST_LIMIT_MS },
  (engine) => {
    const skip = (engine === 'haproxy' && !hasHaproxy) || !existsSync(REDIS);

    it.skipIf(skip)(
      'follows the answers of a search domain, and stays when there is none',
      async () => {
        const network = makeNetwork();
        const { central, primary, backup } = network;
        const names = await startNameServer(network, { [NAME]: [primary] });
        await startRedis(central, primary);
        await startRedis(central, backup);
        await startForwards(network, engine, FORWARD);
        expect(await answering(network)).toBe(primary);
        names.set({ [NAME]: [backup] });
        await vi.waitFor(async () => expect(await answering(network)).toBe(backup), WAIT);
        names.set({});
        const asked = names.queries().length;
        await vi.waitFor(() => expect(names.queries().length).toBeGreaterThan(asked), WAIT);
        expect(await answering(network)).toBe(backup);
      },
    );

    it.skipIf(skip)(
      'uses the IPv6 address of a name whose IPv4 address refuses, and back',
      async () => {
        const network = makeNetwork();
        const { central, primary, primary6 } = network;
        await startNameServer(network, { [NAME]: [primary6, primary] });
        const six = await startRedis(central, primary6);
        const forwards = await startForwards(network, engine, FORWARD);
        expect(await answering(network)).toBe(primary6);
        await vi.waitFor(async () => {
          const { facts } = (await statusOf(forwards)) ?? {};
          expect(facts).toMatchObject({ target: 'db', address: primary6, up: true, failovers: 0 });
        }, WAIT);
        await startRedis(central, primary);
        await vi.waitFor(async () => expect(await answering(network)).toBe(primary), WAIT);
        await six.kill();
        expect(await answering(network)).toBe(primary);
      },
    );

    it.skipIf(skip)('asks for names no more often while nothing answers', async () => {
      const network = makeNetwork();
      const names = await startNameServer(network, { [NAME]: [network.primary] });
      await startForwards(network, engine, FORWARD);
      const atBoot = names.queries().length;
      expect(atBoot).toBeGreaterThan(0);
      await vi.waitFor(async () => {
        expect(await client(network, 'refused', `${REDIS_PORT}`, '2')).toEqual({ refused: 2 });
        expect(names.queries().length).toBeGreaterThan(atBoot);
      }, WAIT);
      // The lookup of every ten seconds, as at the boot.
      expect(names.queries().length).toBeLessThanOrEqual(2 * atBoot);
    });
  },
);

describe.skipIf(!canMakeNamespaces)(
  'two machines and a name server, UDP',
  { timeout: TEST_LIMIT_MS },
  () => {
    it('uses the next address of a name whose first one refuses', async () => {
      const network = makeNetwork();
      const { central, primary, backup } = network;
      await startNameServer(network, { [NAME]: [primary, backup] });
      // Whichever comes first: the service moves to the other.
      const first = await startService(central, 'udp', primary);
      const forwards = await startForwards(network, 'auto', {
        FORWARD_HOST: 'db',
        FORWARD_PORTS: `${UDP_PORT}/udp`,
      });
      expect(await client(network, 'insist', `${UDP_PORT}`, 'one')).toEqual({ answered: true });
      await first.kill();
      await startService(central, 'udp', backup);
      expect(await client(network, 'insist', `${UDP_PORT}`, 'two')).toEqual({ answered: true });
      expect((await statusOf(forwards))?.facts).toMatchObject({ target: 'db', address: backup });
    });
  },
);
