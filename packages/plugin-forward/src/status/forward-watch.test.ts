import type { Logger } from '@ci-runner/core';
import { describe, expect, it } from 'vitest';
import type { Forward } from '../settings/forward-spec.ts';
import { createForwardWatch, type ForwardWatch } from './forward-watch.ts';
import { samplesOf, statusItem } from './report.ts';

const FORWARD: Forward = { port: 5432, protocol: 'tcp', hosts: ['db-1', 'db-2'] };

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
      watch.leadsTo(host);
    expect(said).toEqual([
      '5432/tcp leads to db-2 now: db-1 does not answer',
      '5432/tcp leads to db-1 again',
    ]);
    expect(watch.state()).toMatchObject({ target: 'db-1', up: true, failovers: 2 });
  });

  it('says once that no host answers, and since when', () => {
    const { watch, said, pass } = create();
    watch.leadsTo('db-1');
    pass(500);
    watch.leadsTo(undefined);
    pass(500);
    watch.leadsTo(undefined);
    expect(watch.state()).toMatchObject({ target: 'db-1', up: false, since: 1_500, failovers: 0 });
    watch.leadsTo('db-1');
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
    watch.traffic({ open: 3, total: 10, bytesSent: 100, bytesReceived: 1_000 });
    watch.traffic({ open: 1, total: 2, bytesSent: 20, bytesReceived: 200 });
    watch.traffic({ open: 0, total: 3, bytesSent: 30, bytesReceived: 300 });
    expect(watch.state().traffic).toEqual({
      open: 0,
      total: 13,
      bytesSent: 130,
      bytesReceived: 1_300,
    });
  });
});

describe('status and metrics', () => {
  it('hold everything about a forward', () => {
    const { watch } = create();
    watch.leadsTo('db-2');
    watch.traffic({ open: 3, total: 10, bytesSent: 100, bytesReceived: 1_000 });
    expect(statusItem(watch.state(), () => '10.0.0.8')).toEqual({
      name: '5432/tcp',
      healthy: true,
      facts: {
        engine: 'haproxy',
        target: 'db-2',
        address: '10.0.0.8',
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
