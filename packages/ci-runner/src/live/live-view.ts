import type { Terminal } from '../commands/command-io.ts';
import type { LogRecord } from '../rehearse/supervisor.ts';
import { renderTasks } from './render-tasks.ts';
import { advance, newTasks } from './task-list.ts';

/** A list of the phases on a terminal, which is drawn anew while they go on. */
export interface LiveView {
  take(record: LogRecord): void;
  /** Draws the last state, which stays. */
  end(): void;
}

const EVERY_MS = 100;

/** Of ECMA-48: the cursor goes up, and everything from there on is erased. */
const backOver = (lines: number): string => (lines === 0 ? '' : `\u001B[${lines}A\u001B[J`);

/** Begins to show. Nothing else may write to the terminal until the end. */
export const startLiveView = (
  { columns, colours, write }: Terminal,
  now: () => number = Date.now,
): LiveView => {
  let tasks = newTasks(now());
  let drawn = 0;
  const draw = (): void => {
    const lines = renderTasks(tasks, now(), { columns: columns(), colours });
    write(`${backOver(drawn)}${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  draw();
  const timer = setInterval(draw, EVERY_MS);
  return {
    take: (record) => {
      tasks = advance(tasks, record, now());
    },
    end: () => {
      clearInterval(timer);
      draw();
    },
  };
};
