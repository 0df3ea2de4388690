import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { docker } from '../../e2e/docker.ts';

/** The kernel tells starts of processes in these (`getconf CLK_TCK`). */
const TICK_MS = 10;

/** Asking the engine each time would take the processors from what is measured. */
const POLL_MS = 50;

/** After so many of them the container is asked whether it still runs. */
const LOOKS_WITHOUT_ASKING = 40;

/** Since the machine's boot; the clock that starts of processes are told by. */
export const uptimeMs = async (): Promise<number> =>
  Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]) * 1_000;

const readProc = async (pid: string, file: string): Promise<string> =>
  readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');

const startOf = async (pid: string): Promise<number> => {
  const stat = await readProc(pid, 'stat');
  // The 22nd field; the second one is in parentheses and may hold blanks.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) * TICK_MS;
};

const isListenerOf = async (pid: string, container: string): Promise<boolean> => {
  const isListener = /bin\/Runner\.Listener\0run\0/.test(await readProc(pid, 'cmdline'));
  return isListener && (await readProc(pid, 'cgroup')).includes(container);
};

const findListener = async (container: string): Promise<string | undefined> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => ((await isListenerOf(pid, container)) ? pid : undefined)),
  );
  return found.find((pid) => pid !== undefined);
};

const checkRuns = async (container: string): Promise<void> => {
  const running = await docker(['inspect', '--format', '{{.State.Running}}', container]);
  if (running !== 'true') throw new Error('the container has ended before its Listener began');
};

/**
 * When `Runner.Listener run` of a container was started, by {@link uptimeMs}; waits for it. Its processes are seen from
 * here.
 */
export const listenerStart = async (container: string, signal: AbortSignal): Promise<number> => {
  for (let looks = 1; ; looks += 1) {
    signal.throwIfAborted();
    const pid = await findListener(container);
    if (pid !== undefined) return startOf(pid);
    if (looks % LOOKS_WITHOUT_ASKING === 0) await checkRuns(container);
    await sleep(POLL_MS, undefined, { signal });
  }
};

/** What makes {@link printedStart} know when a container's program was started. */
export const PRINT_START: readonly string[] = ['cat', '/proc/uptime'];

/**
 * When the program of a container was started that prints it, by {@link uptimeMs}. Its process is older: the engine makes it
 * first, and then all that the container is.
 */
export const printedStart = async (container: string, signal: AbortSignal): Promise<number> => {
  await docker(['wait', container], { signal });
  return Number((await docker(['logs', container])).split(' ')[0]) * 1_000;
};
