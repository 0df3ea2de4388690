// The program of a relay thread. It imports no package, so that it starts fast and needs no resolution.
import { parentPort, workerData } from 'node:worker_threads';
import type { EngineOrder, EngineReport, EngineStart } from './engine-messages.ts';
import { runEngine } from './run-engine.ts';

const report = (message: EngineReport): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(message);
};

const take = await runEngine(workerData as EngineStart, report);
parentPort?.on('message', (order: EngineOrder) => take(order));
