import type { MetricEntry, Unit } from '@ci-runner/core';

const ofPort = (unit: Unit, meaning: string): MetricEntry => ({
  unit,
  scope: 'runner',
  dimensions: ['ForwardedPort'],
  meaning,
});

/** The metrics of forwards, by name. */
export const forwardMetrics: Readonly<Record<string, MetricEntry>> = {
  ForwardUp: ofPort('None', '1 while the port’s host answers, else 0; absent while nobody knows.'),
  ForwardConnections: ofPort('Count', 'Connections that are open.'),
  ForwardBytesSent: ofPort('Bytes', 'Bytes to the host since the boot.'),
  ForwardBytesReceived: ofPort('Bytes', 'Bytes from the host since the boot.'),
  ForwardFailovers: ofPort('Count', 'Changes to another host since the boot.'),
};
