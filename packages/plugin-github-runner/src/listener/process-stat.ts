import { readFileSync } from 'node:fs';

/** The fields of /proc/PID/stat after the command, which stands in brackets and can hold anything (proc_pid_stat(5)). */
const STAT = /^\d+ \((?<comm>.*)\) (?<state>\S) \d+ (?<group>\d+) (?<session>\d+) /s;

/** What the kernel says of a process. */
export interface ProcessStat {
  readonly comm: string;
  /** One letter, such as `T` for a process that a signal has stopped. */
  readonly state: string;
  readonly group: string;
  readonly session: string;
}

/** Reads a line of /proc/PID/stat; undefined when it is none. */
export const parseStat = (line: string): ProcessStat | undefined => {
  const { comm, state, group, session } = STAT.exec(line)?.groups ?? {};
  if (comm === undefined || !state || !group || !session) return undefined;
  return { comm, state, group, session };
};

/**
 * Empty for a process that has ended meanwhile. Synchronous, because /proc answers from memory and as many asynchronous
 * reads cost many times as much.
 */
export const readStat = (pid: number | string): string => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
};
