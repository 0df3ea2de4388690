// Loads once with our function, in a process of its own, which is measured. Its only argument is an Order in JSON; it prints a
// Report in JSON.
import { readFile } from 'node:fs/promises';
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
// Unlike the peak of getrusage(2), this one does not begin with what the process that started this one had.
const status = await readFile('/proc/self/status', 'utf8');
const peakRssMB = (Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024) / 1_000_000;
console.log(JSON.stringify({ ...mirrored, ms, peakRssMB, startCpuMs } satisfies Report));
