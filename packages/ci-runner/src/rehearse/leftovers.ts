import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Every process of a rehearsal inherits this variable; its value is the rehearsal's directory. */
export const MARKER = 'CI_RUNNER_REHEARSAL';

/** What has been told to end may need this long to be gone. */
const SETTLE_MS = 2_000;

const describeMarked = async (pid: string, mark: string): Promise<string | undefined> => {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
    if (!environment.split('\0').includes(mark)) return undefined;
    return `${pid} ${(await readFile(`/proc/${pid}/comm`, 'utf8')).trim()}`;
  } catch {
    // It ended meanwhile, or belongs to somebody else.
    return undefined;
  }
};

const listMarked = async (directory: string): Promise<string[]> => {
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const described = await Promise.all(
    pids.map(async (pid) => describeMarked(pid, `${MARKER}=${directory}`)),
  );
  return described.filter((line) => line !== undefined);
};

/** The processes of this rehearsal that are still there, as `PID NAME`. Where there is no /proc, none are seen. */
export const findProcesses = async (directory: string): Promise<readonly string[]> => {
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const found = await listMarked(directory);
    if (found.length === 0 || Date.now() > deadline) return found;
    await sleep(100);
  }
};

/** Ends the processes of this rehearsal that are still there. */
export const endProcesses = async (directory: string): Promise<void> => {
  for (const line of await listMarked(directory)) {
    try {
      process.kill(Number.parseInt(line, 10), 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
};

const CREDENTIALS = ['.runner', '.credentials', '.credentials_rsaparams'];

/** Where the storage's tools remember what they loaded into a directory; the format leaves no choice of place. */
const META_DIRECTORY = '/tmp';

/** How the paths of files begin that are outside of `directory` and speak of it. */
export const metaPrefix = (directory: string): string =>
  join(META_DIRECTORY, `.ci-storage.meta.${directory.replaceAll(/[^a-zA-Z0-9_-]/g, '_')}`);

/** The files outside of `directory` that speak of it. */
export const findMetaFiles = async (directory: string): Promise<readonly string[]> => {
  const prefix = metaPrefix(directory);
  const paths = (await readdir(META_DIRECTORY)).map((name) => join(META_DIRECTORY, name));
  return paths.filter((path) => path.startsWith(prefix));
};

/** The files that a supervisor should have removed and has not. */
export const findFiles = async (places: {
  readonly directory: string;
  readonly temporary: string;
  readonly runner: string;
  readonly control: string;
}): Promise<readonly string[]> => {
  const temporary = await readdir(places.temporary);
  const runner = await readdir(places.runner);
  return [
    ...(await findMetaFiles(places.directory)),
    ...(existsSync(places.control) ? [places.control] : []),
    ...temporary.map((name) => join(places.temporary, name)),
    ...runner.filter((name) => CREDENTIALS.includes(name)).map((name) => join(places.runner, name)),
  ];
};
