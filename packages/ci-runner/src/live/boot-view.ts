import { definePlugin, type RunnerConfigInput } from '@ci-runner/core';
import type { Terminal } from '../commands/command-io.ts';
import { watchPrewarm } from '../trace/watch-prewarm.ts';
import { startLiveView, type LiveView } from './live-view.ts';
import { BOOT, type Task, type TaskRecord } from './task-list.ts';

/** Shows a boot until it is over. */
export interface BootView {
  /** The configuration to boot; it tells when the runner waits for jobs, which no line of the log is sure to say. */
  readonly config: RunnerConfigInput;
  /** Begins to show. */
  start(): void;
  take(record: TaskRecord): void;
  /** Shows no more, whatever is going on. */
  end(): void;
}

/** A runner that does not say that it waits for jobs serves all the same. */
const LISTEN_LIMIT_MS = 60_000;

const stateOf = (tasks: readonly Task[], name: Task['name']): Task['state'] | undefined =>
  tasks.find((task) => task.name === name)?.state;

/** Makes the view of a boot with this configuration. */
export const createBootView = (terminal: Terminal, input: RunnerConfigInput): BootView => {
  let view: LiveView | undefined;
  let stopWatching: (() => void) | undefined;
  let limit: NodeJS.Timeout | undefined;
  const end = (state?: 'done'): void => {
    clearTimeout(limit);
    stopWatching?.();
    view?.end(state);
    view = undefined;
  };
  const take = (record: TaskRecord): void => {
    if (view === undefined) return;
    const tasks = view.take(record);
    if (record['event'] === 'draining' || tasks.some(({ state }) => state === 'failed')) end();
    else if (stateOf(tasks, 'listen') === 'running') limit ??= setTimeout(end, LISTEN_LIMIT_MS);
  };
  const watch = definePlugin({
    name: 'ci-runner-live-view',
    setup: ({ hooks }) => {
      hooks.verifySetup.tap(({ logFormat }) => {
        if (logFormat !== 'text') end();
      });
      hooks.onIdle.tap(() => end('done'));
    },
  });
  return {
    config: { ...input, plugins: [...input.plugins, watch()] },
    start: () => {
      view = startLiveView(terminal, { tasks: BOOT });
      stopWatching = watchPrewarm((sample) => take({ ...sample }));
    },
    take,
    end: () => end(),
  };
};
