import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryDocker } from '../../e2e/docker.ts';

/** The kernel tells starts of processes in these (`getconf CLK_TCK`). */
const TICK_MS = 10;

const POLL_MS = 50;

/** Since the machine's boot; the clock that starts of processes are told by. */
export const uptimeMs = async (): Promise<number> =>
  Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]) * 1_000;

const startOf = async (pid: string): Promise<number> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The 22nd field; the second one is in parentheses and may hold blanks.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) * TICK_MS;
};

/** When `Runner.Listener run` of a container was started, by {@link uptimeMs}; waits for it. Its processes are seen from here. */
export const listenerStart = async (container: string, signal: AbortSignal): Promise<number> => {
  for (;;) {
    signal.throwIfAborted();
    const { code, stdout, stderr } = await tryDocker(['top', container, '-eo', 'pid,args']);
    if (code !== 0) throw new Error(`the container has ended: ${stderr}`);
    const listener = stdout
      .split('\n')
      .find((line) => / \S*bin\/Runner\.Listener run\b/.test(line));
    const pid = listener?.trim().split(/\s+/)[0];
    if (pid !== undefined) return startOf(pid);
    await sleep(POLL_MS, undefined, { signal });
  }
};
