import { readdir, readFile } from 'node:fs/promises';

/** A process that runs. */
export interface SessionMember {
  readonly pid: number;
  /** Its process group. */
  readonly group: number;
}

/** What proc(5) says of a process behind its name, which can hold anything: state, parent, group, session. */
const FIELDS = /\) (?<state>\S) \d+ (?<group>\d+) (?<session>\d+) [^)]*$/;

const memberOf = async (pid: string, session: number): Promise<readonly SessionMember[]> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const found = FIELDS.exec(stat)?.groups;
  const runs = found?.['session'] === String(session) && !'ZX'.includes(found['state'] ?? '');
  return runs ? [{ pid: Number(pid), group: Number(found['group']) }] : [];
};

/**
 * The processes of this session that run. One that has ended stays in it until its parent, or process 1, reaps it, and not
 * every process 1 does; for `kill` it is there until then. Without /proc there are none.
 */
export const sessionMembers = async (session: number): Promise<readonly SessionMember[]> => {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name));
  return (await Promise.all(pids.map(async (pid) => memberOf(pid, session)))).flat();
};
