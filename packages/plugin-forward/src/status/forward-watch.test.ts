import type { Logger } from '@ci-runner/core';
import { describe, expect, it } from 'vitest';
import type { Forward } from '../settings/forward-spec.ts';
import type { Lead } from './lead.ts';
import { createForwardWatch, type ForwardWatch } from './forward-watch.ts';
import { samplesOf, statusItem } from './report.ts';

const FORWARD: Forward = { port: 5432, protocol: 'tcp', hosts: ['db-1', 'db-2'] };

const at = (host: string): Lead => ({ host, address: `${host}.address` });

const create = (
  forward = FORWARD,
): { watch: ForwardWatch; said: string[]; pass: (ms: number) => void } => {
  const said: string[] = [];
  let time = 1_000;
  const say = (message: string): void => void said.push(message);
  const log: Logger = { info: say, warn: say, error: say, child: () => log };
  const clock = { now: () => time, sleep: async () => {} };
  const pass = (ms: number): void => {
    time += ms;
  };
  return { watch: createForwardWatch(forward, 'haproxy', { log, clock }), said, pass };
};

describe('createForwardWatch', () => {
  it('says a failover once, and the return once', () => {
    const { watch, said } = create();
    for (const host of ['db-1', 'db-1', 'db-2', 'db-2', 'db-2', 'db-1', 'db-1'])
      watch.leadsTo(at(host));
    expect(said).toEqual([
      '5432/tcp leads to db-2 now: db-1 does not answer',
      '5432/tcp leads to db-1 again',
    ]);
    expect(watch.state()).toMatchObject({ target: 'db-1', up: true, failovers: 2 });
  });

  it('says once that no host answers, and since when', () => {
    const { watch, said, pass } = create();
    watch.leadsTo(at('db-1'));
    pass(500);
    watch.leadsTo(undefined);
    pass(500);
    watch.leadsTo(undefined);
    expect(watch.state()).toMatchObject({ target: 'db-1', up: false, since: 1_500, failovers: 0 });
    watch.leadsTo(at('db-1'));
    expect(said).toEqual([
      '5432/tcp has no host that answers: not db-1, db-2',
      '5432/tcp leads to db-1 again',
    ]);
  });

  it('leaves it to the connection test that TCP services are down at the boot', () => {
    const tcp = create();
    tcp.watch.leadsTo(undefined);
    expect(tcp.said).toEqual([]);
    const udp = create({ ...FORWARD, protocol: 'udp' });
    udp.watch.leadsTo(undefined);
    expect(udp.said).toHaveLength(1);
  });

  it('counts on when its engine was started anew', () => {
    const { watch } = create();
    watch.traffic({ open: 1, total: 1, bytesSent: 100, bytesReceived: 1_000 });
    watch.engineEnded();
    const carried = { open: 0, total: 1, bytesSent: 100, bytesReceived: 1_000 };
    expect(watch.state().traffic).toEqual(carried);
    watch.engineEnded();
    expect(watch.state().traffic).toEqual(carried);
    // Its only client has come back already.
    watch.traffic({ open: 1, total: 1, bytesSent: 20, bytesReceived: 200 });
    expect(watch.state().traffic).toEqual({
      open: 1,
      total: 2,
      bytesSent: 120,
      bytesReceived: 1_200,
    });
  });

  it('knows nothing of the hosts while no engine runs, and does not take the next word for news', () => {
    const { watch, said, pass } = create();
    watch.leadsTo(at('db-1'));
    pass(500);
    watch.engineEnded();
    pass(500);
    watch.engineEnded();
    expect(watch.state()).toMatchObject({ target: 'db-1', up: undefined, since: 1_500 });
    expect(samplesOf(watch.state(), 5).map(({ name }) => name)).not.toContain('ForwardUp');
    watch.leadsTo(at('db-1'));
    expect(watch.state()).toMatchObject({ target: 'db-1', up: true, failovers: 0 });
    expect(said).toEqual([]);
  });
});

describe('status and metrics', () => {
  it('hold everything about a forward', () => {
    const { watch } = create();
    watch.leadsTo(at('db-2'));
    watch.traffic({ open: 3, total: 10, bytesSent: 100, bytesReceived: 1_000 });
    expect(statusItem(watch.state(), () => [])).toEqual({
      name: '5432/tcp',
      healthy: true,
      facts: {
        engine: 'haproxy',
        target: 'db-2',
        address: 'db-2.address',
        up: true,
        since: 1_000,
        connections: 3,
        totalConnections: 10,
        bytesSent: 100,
        bytesReceived: 1_000,
        failovers: 1,
      },
    });
    const samples = samplesOf(watch.state(), 5).map(({ name, value }) => [name, value]);
    expect(samples).toEqual([
      ['ForwardUp', 1],
      ['ForwardConnections', 3],
      ['ForwardBytesSent', 100],
      ['ForwardBytesReceived', 1_000],
      ['ForwardFailovers', 1],
    ]);
  });
});
