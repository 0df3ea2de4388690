import { readdirSync } from 'node:fs';
import { parseStat, readStat } from './process-stat.ts';

const WORKER = 'Runner.Worker';

/** Whether a line of /proc/PID/stat is a live Worker of the process group or session `leader`. */
export const isWorkerOf = (leader: number, stat: string): boolean => {
  const { comm, state, group, session } = parseStat(stat) ?? {};
  const alive = state !== 'Z' && state !== 'X';
  return comm === WORKER && alive && [group, session].includes(String(leader));
};

/**
 * The Worker that a Listener has started, also when the Listener is dead: the Worker outlives it. `leader` is the pid of
 * the Listener, which leads its group and session.
 */
export const findWorker = (leader: number): number | undefined => {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const worker = pids.find((pid) => isWorkerOf(leader, readStat(pid)));
  return worker === undefined ? undefined : Number(worker);
};
