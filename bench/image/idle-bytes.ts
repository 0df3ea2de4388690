import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { docker } from '../../e2e/docker.ts';

/** After this nothing of the boot goes on. */
const IDLE_MS = 3_000;

const KIB = 1_024;

/** Of memory that processes share each gets its part. */
const proportionalSet = async (pid: string): Promise<number> => {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * KIB;
};

/** What all processes of an idle container have in memory, page cache of files that nobody maps left out. */
export const idleBytes = async (container: string, signal: AbortSignal): Promise<number> => {
  await sleep(IDLE_MS, undefined, { signal });
  const processes = (await docker(['top', container, '-eo', 'pid'], { signal }))
    .split('\n')
    .slice(1);
  const sizes = await Promise.all(processes.map(async (pid) => proportionalSet(pid.trim())));
  return sizes.reduce((total, size) => total + size, 0);
};
