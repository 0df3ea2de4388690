import type { Terminal } from '../commands/command-io.ts';
import { createBottomBlock } from './bottom-block.ts';
import { renderTasks } from './render-tasks.ts';
import { advance, endRunning, newTasks, type Task, type TaskRecord } from './task-list.ts';
import { createWholeLines, type WholeLines } from './whole-lines.ts';

/** A list of tasks at the bottom of a terminal, which is drawn anew while they go on. */
export interface LiveView {
  /** Answers the tasks after it. */
  take(record: TaskRecord): readonly Task[];
  /** Draws the last state, which stays, and gives the terminal back. A second call does nothing. */
  end(state?: 'done' | 'stopped'): void;
}

/** What a view is made for. */
export interface LiveViewSpec {
  readonly tasks: readonly Task['name'][];
  /** In milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

/**
 * For how long it is drawn how often, in milliseconds. Somebody looks on at first; what takes longer, such as a boot during an
 * outage of GitHub, may have no spectator, and somebody who keeps what is written.
 */
const RATES = [
  { untilMs: 60_000, everyMs: 100 },
  { untilMs: 600_000, everyMs: 1_000 },
  { untilMs: Infinity, everyMs: 60_000 },
];

const pauseAfter = (elapsedMs: number): number =>
  RATES.find(({ untilMs }) => elapsedMs < untilMs)?.everyMs ?? 0;

/** Begins to show. What else this process writes to the terminal until the end appears above, line by line. */
export const startLiveView = (
  { columns, rows, colours, write, mediate }: Terminal,
  { tasks: names, now = Date.now }: LiveViewSpec,
): LiveView => {
  const startedAt = now();
  let tasks = newTasks(names, startedAt);
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  const block = createBottomBlock({ columns, write }, () => {
    const lines = renderTasks(tasks, now(), { columns: columns(), rows: rows(), colours });
    // What the terminal echoes when somebody presses Enter moves the block down: then this line stays, and looks like it.
    return lines.length + 1 < rows() ? ['', ...lines] : lines;
  });
  const streams: WholeLines[] = [];
  const giveBack = mediate({
    between: (pass) => {
      const lines = createWholeLines((bytes) =>
        ended ? pass(bytes) : block.above(() => pass(bytes)),
      );
      streams.push(lines);
      return (bytes) => (ended ? pass(bytes) : lines.write(bytes));
    },
    resumed: () => block.leave(),
  });
  const drawOn = (): void => {
    timer = setTimeout(
      () => {
        // After the signals that have come: the terminal may have another size by now.
        setImmediate(() => {
          if (ended) return;
          block.draw();
          drawOn();
        });
      },
      pauseAfter(now() - startedAt),
    );
  };
  block.draw();
  drawOn();
  return {
    take: (record) => {
      if (ended) return tasks;
      tasks = advance(tasks, record, now());
      // So that a prewarm which is over before the next frame is seen to go on.
      if (record['event'] === 'prewarm-sample') block.draw();
      return tasks;
    },
    end: (state = 'stopped') => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      tasks = endRunning(tasks, state, now());
      block.draw();
      block.leave();
      giveBack();
      for (const stream of streams) stream.flush();
    },
  };
};
