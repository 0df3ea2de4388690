import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Linux counts in hundredths of a second for programs, whatever it uses itself. */
const TICK_MS = 10;

/** Fields of /proc/PID/stat behind the name: proc(5), counted from `state`. */
const CHILDREN_USER = 13;
const CHILDREN_SYSTEM = 14;

const childrenOf = async (pid: number): Promise<number[]> => {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
};

const childrenCpuMs = async (pid: number): Promise<number> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[CHILDREN_USER]) + Number(fields[CHILDREN_SYSTEM])) * TICK_MS;
};

const findSshd = async (): Promise<number> => {
  for (const pid of await childrenOf(process.pid)) {
    if ((await readFile(`/proc/${pid}/comm`, 'utf8')) === 'sshd\n') return pid;
  }
  throw new Error('this process has started no sshd');
};

/**
 * What the ended children of this process and of its sshd have used of the processors so far, in milliseconds: unlike times
 * it hardly depends on what else the machine does.
 */
export const usedCpuMs = async (): Promise<number> => {
  const sshd = await findSshd();
  // Connections end a moment after their clients.
  while ((await childrenOf(sshd)).length > 0) await sleep(20);
  return (await childrenCpuMs(process.pid)) + (await childrenCpuMs(sshd));
};
