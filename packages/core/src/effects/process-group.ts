import { readdir, readFile } from 'node:fs/promises';

/** What proc(5) says of a process behind its name, which can hold anything: state, parent, group. */
const STATE_AND_GROUP = /\) (?<state>\S) \d+ (?<group>\d+) [^)]*$/;

const runsIn = async (pid: string, group: number): Promise<boolean> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const found = STATE_AND_GROUP.exec(stat)?.groups;
  return found?.['group'] === String(group) && !'ZX'.includes(found['state'] ?? '');
};

/**
 * Whether a process of this group runs. One that has ended stays in its group until its parent, or process 1, reaps it, and
 * not every process 1 does; for `kill` it is there until then. Without /proc the answer is no.
 */
export const groupRuns = async (group: number): Promise<boolean> => {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name));
  const running = await Promise.all(pids.map(async (pid) => runsIn(pid, group)));
  return running.includes(true);
};
