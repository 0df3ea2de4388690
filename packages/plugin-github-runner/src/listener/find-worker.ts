import { readdir, readFile } from 'node:fs/promises';

const WORKER = 'Runner.Worker';

/** The fields of /proc/PID/stat after the command, which stands in brackets and can hold anything (proc_pid_stat(5)). */
const STAT = /^\d+ \((?<comm>.*)\) (?<state>\S) \d+ (?<group>\d+) (?<session>\d+) /s;

/** Whether a line of /proc/PID/stat is a live Worker of the process group or session `leader`. */
export const isWorkerOf = (leader: number, stat: string): boolean => {
  const { comm, state, group, session } = STAT.exec(stat)?.groups ?? {};
  const alive = state !== 'Z' && state !== 'X';
  return comm === WORKER && alive && [group, session].includes(String(leader));
};

/**
 * The Worker that a Listener has started, also when the Listener is dead: the Worker outlives it. `leader` is the pid of
 * the Listener, which leads its group and session.
 */
export const findWorker = async (leader: number): Promise<number | undefined> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    // A process can end between the two reads.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (isWorkerOf(leader, stat)) return Number(pid);
  }
  return undefined;
};
