import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { scaled } from '../io/delay.ts';
import type { Cancellation } from './cancellation.ts';
import type { JobOrder, NewJobRequest } from './job-orders.ts';

const FIRST_ORDER_LIMIT_MS = 30_000;

/**
 * Reads the Listener's orders: the first is the job, later ones cancel it. Answers undefined when no job comes
 * within 30 s. The end of the pipe, when the Listener has died, changes nothing: the job goes on.
 */
export function receiveOrders(
  fd: number,
  cancellation: Cancellation,
): Promise<NewJobRequest | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), scaled(FIRST_ORDER_LIMIT_MS));
    const pipe = new Socket({ fd, readable: true, writable: false });
    pipe.on('error', () => {});
    createInterface({ input: pipe }).on('line', (line) => {
      const order = JSON.parse(line) as JobOrder;
      switch (order.type) {
        case 'NewJobRequest':
          clearTimeout(timer);
          resolve(order);
          break;
        case 'CancelRequest':
          cancellation.cancel();
          break;
        case 'RunnerShutdown':
          cancellation.shutDown();
          break;
      }
    });
  });
}
