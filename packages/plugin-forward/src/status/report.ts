import { stockSample, type MetricName, type Sample, type StatusItem } from '@ci-runner/core';
import { portKey } from '../settings/parse-ports.ts';
import type { ForwardState } from './forward-watch.ts';

/** What `ci-runner status` says of a forward. A service that is down does not make the runner unhealthy: it may come back. */
export const statusItem = (
  { forward, engine, target, address, up, since, failovers, traffic }: ForwardState,
  addressesOf: (host: string) => readonly string[],
): StatusItem => ({
  name: portKey(forward),
  healthy: true,
  facts: {
    engine,
    target,
    address: address ?? addressesOf(target)[0] ?? null,
    up: up ?? null,
    since,
    connections: traffic.open,
    totalConnections: traffic.total,
    bytesSent: traffic.bytesSent,
    bytesReceived: traffic.bytesReceived,
    failovers,
  },
});

/** The samples of a forward. */
export const samplesOf = (
  { forward, up, failovers, traffic }: ForwardState,
  at: number,
): readonly Sample[] => {
  const dimensions = { ForwardedPort: portKey(forward) };
  const sample = (name: MetricName, value: number): Sample =>
    stockSample(name, { value, at, dimensions });
  return [
    ...(up === undefined ? [] : [sample('ForwardUp', up ? 1 : 0)]),
    sample('ForwardConnections', traffic.open),
    sample('ForwardBytesSent', traffic.bytesSent),
    sample('ForwardBytesReceived', traffic.bytesReceived),
    sample('ForwardFailovers', failovers),
  ];
};
