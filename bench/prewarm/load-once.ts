// Loads once with our function, in a process of its own, which is measured. Its only argument is an Order in JSON; it prints a
// Report in JSON.
import type { Mirrored } from '../../packages/plugin-ci-storage/src/mirror/index.ts';
import { loadWithOurs, type Order } from './load-with-ours.ts';

/** How it went. */
export interface Report extends Mirrored {
  readonly ms: number;
  readonly peakRssMB: number;
  /** What this process had used of the processors before it began, in milliseconds. */
  readonly startCpuMs: number;
}

const order = JSON.parse(process.argv[2] ?? '{}') as Order;
const { user, system } = process.cpuUsage();
const startCpuMs = (user + system) / 1_000;
const from = performance.now();
const mirrored = await loadWithOurs(order);
const ms = performance.now() - from;
// maxRSS is in kilobytes of 1024 bytes.
const peakRssMB = (process.resourceUsage().maxRSS * 1_024) / 1_000_000;
console.log(JSON.stringify({ ...mirrored, ms, peakRssMB, startCpuMs } satisfies Report));
