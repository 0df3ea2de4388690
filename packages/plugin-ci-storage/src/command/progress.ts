import type { SlotEvent } from '../slots/slot-events.ts';
import type { Progress } from '../transport/slot-transport.ts';
import { bytesInWords, filesInWords } from './amounts.ts';
import type { CommandIo } from './command-io.ts';
import { printable } from './printable.ts';

const LINE_EVERY_MS = 3_000;
const BAR_EVERY_MS = 100;
const BAR_WIDTH = 24;

/** Tells how a command goes on. */
export interface ProgressReport {
  readonly onEvent: (event: SlotEvent) => void;
  /** Removes the bar, so that a line can follow. */
  end(): void;
}

const PHASES: Partial<Record<SlotEvent['phase'], string>> = {
  connect: 'waiting for the storage',
  list: 'listing the slots',
  'clean-up': 'cleaning up',
};

const amounts = ({ percent, files, bytes }: Progress): string =>
  [
    ...(percent === undefined ? [] : [`${percent} %`]),
    ...(files === undefined ? [] : [filesInWords(files)]),
    bytesInWords(bytes),
  ].join(', ');

const bar = ({ percent }: Progress): string => {
  if (percent === undefined) return 'receiving';
  const done = Math.round((BAR_WIDTH * Math.min(percent, 100)) / 100);
  return `[${'#'.repeat(done)}${'.'.repeat(BAR_WIDTH - done)}]`;
};

/** Draws a bar on a terminal, and writes a line every few seconds elsewhere. */
export const createProgress = (io: Pick<CommandIo, 'complain' | 'columns'>): ProgressReport => {
  let shownAt = performance.now() - BAR_EVERY_MS;
  let drawn = false;
  const isDue = (everyMs: number): boolean => {
    if (performance.now() - shownAt < everyMs) return false;
    shownAt = performance.now();
    return true;
  };
  const end = (): void => {
    if (drawn) io.complain('\r\u001B[K');
    drawn = false;
  };
  const draw = (text: string, columns: number): void => {
    // A line that wraps could not be drawn over.
    io.complain(`\r${text.slice(0, columns - 1)}\u001B[K`);
    drawn = true;
  };
  const say = (text: string): void => {
    end();
    io.complain(`ci-storage: ${printable(text)}\n`);
  };
  return {
    end,
    onEvent: (event) => {
      const columns = io.columns();
      if (event.phase === 'file') say(event.change);
      else if (event.phase === 'warning') say(event.message);
      else if (event.phase === 'choose') say(`loading slot ${event.slot}`);
      else if (event.phase === 'transfer') {
        if (columns !== undefined) {
          if (isDue(BAR_EVERY_MS)) draw(`${bar(event)} ${amounts(event)}`, columns);
        } else if (isDue(LINE_EVERY_MS)) say(amounts(event));
      } else if (columns !== undefined) draw(`${PHASES[event.phase] ?? event.phase} …`, columns);
    },
  };
};
