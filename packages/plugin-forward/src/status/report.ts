import type { Sample, StatusItem } from '@ci-runner/core';
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

/** The samples of a forward; bytes, connections and failovers count from the boot. */
export const samplesOf = (
  { forward, up, failovers, traffic }: ForwardState,
  at: number,
): readonly Sample[] => {
  const shared = { at, scope: 'runner', dimensions: { ForwardedPort: portKey(forward) } } as const;
  return [
    ...(up === undefined
      ? []
      : [{ ...shared, name: 'ForwardUp', value: up ? 1 : 0, unit: 'None' } as const]),
    { ...shared, name: 'ForwardConnections', value: traffic.open, unit: 'Count' },
    { ...shared, name: 'ForwardBytesSent', value: traffic.bytesSent, unit: 'Bytes' },
    { ...shared, name: 'ForwardBytesReceived', value: traffic.bytesReceived, unit: 'Bytes' },
    { ...shared, name: 'ForwardFailovers', value: failovers, unit: 'Count' },
  ];
};
