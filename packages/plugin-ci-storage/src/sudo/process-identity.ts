import { readFile } from 'node:fs/promises';

/** After the name of the program, which can hold anything, begins the third field; the 22nd is when it started (proc(5)). */
const STARTED_AT = 22 - 3;

/** Tells the running process from every later one of the same number; undefined when it does not run. */
export const processIdentity = async (pid: number): Promise<string | undefined> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields?.[STARTED_AT] === undefined ? undefined : `${pid} ${fields[STARTED_AT]}`;
};
