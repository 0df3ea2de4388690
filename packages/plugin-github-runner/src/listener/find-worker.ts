import { readdirSync, readFileSync } from 'node:fs';

const WORKER = 'Runner.Worker';

/** The fields of /proc/PID/stat after the command, which stands in brackets and can hold anything (proc_pid_stat(5)). */
const STAT = /^\d+ \((?<comm>.*)\) (?<state>\S) \d+ (?<group>\d+) (?<session>\d+) /s;

/** Whether a line of /proc/PID/stat is a live Worker of the process group or session `leader`. */
export const isWorkerOf = (leader: number, stat: string): boolean => {
  const { comm, state, group, session } = STAT.exec(stat)?.groups ?? {};
  const alive = state !== 'Z' && state !== 'X';
  return comm === WORKER && alive && [group, session].includes(String(leader));
};

/** Empty for a process that has ended meanwhile. */
const readStat = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
};

/**
 * The Worker that a Listener has started, also when the Listener is dead: the Worker outlives it. `leader` is the pid of
 * the Listener, which leads its group and session. Synchronous, because /proc answers from memory and as many asynchronous
 * reads cost many times as much.
 */
export const findWorker = (leader: number): number | undefined => {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const worker = pids.find((pid) => isWorkerOf(leader, readStat(pid)));
  return worker === undefined ? undefined : Number(worker);
};
