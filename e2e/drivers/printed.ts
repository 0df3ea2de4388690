import type { Readable } from 'node:stream';
import { expect, onTestFailed } from 'vitest';

/** What a process prints, from two streams. */
export interface Printed {
  readonly log: () => string;
  logged(text: string | RegExp, times?: number): Promise<void>;
}

const count = (log: string, text: string | RegExp): number =>
  typeof text === 'string'
    ? log.split(text).length - 1
    : [...log.matchAll(new RegExp(text, 'g'))].length;

/** Keeps what is read from these streams. */
export const keepPrinted = (streams: readonly Readable[], ended: Promise<unknown>): Printed => {
  let log = '';
  let over = false;
  for (const stream of streams) stream.on('data', (data: Buffer) => (log += data.toString()));
  void ended.then(() => (over = true));
  onTestFailed(() => console.log(`what it printed:\n${log}`));
  return {
    log: () => log,
    logged: async (text, times = 1) => {
      const find = (): string => {
        if (count(log, text) >= times) return 'found';
        // Nothing more will come.
        return over ? `it has ended without ${String(text)}` : 'not yet';
      };
      await expect.poll(find, { message: `looks for ${String(text)}` }).not.toBe('not yet');
      expect(find()).toBe('found');
    },
  };
};
