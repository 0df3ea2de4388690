import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach } from 'vitest';

/** Runs what follows the script in mounts of its own. */
export const inMounts = (script: string): string[] => [
  'unshare',
  '--mount',
  'sh',
  '-ec',
  script,
  'sh',
];

/** Runs what follows as an ordinary user who has a shell and a home, which this machine need not have. */
export const AS_TESTER: readonly string[] = inMounts(`
  cp /etc/passwd "$TMPDIR/passwd"
  echo "tester:*:23456:23456::$TMPDIR/home:/bin/bash" >>"$TMPDIR/passwd"
  mount --bind "$TMPDIR/passwd" /etc/passwd
  mkdir "$TMPDIR/home"
  chown 23456:23456 "$TMPDIR/home"
  export HOME="$TMPDIR/home"
  exec setpriv --reuid=23456 --regid=23456 --clear-groups "$@"`);

/** What a rehearsal has left behind. */
export interface LeftBehind {
  readonly processes: readonly string[];
  readonly files: readonly string[];
}

/** What a rehearsal is to leave behind. */
export const NOTHING: LeftBehind = { processes: [], files: [] };

/** A directory for one test's rehearsals, given to them as TMPDIR. */
export interface RehearsalDirectory {
  readonly path: string;
  /** The processes that know the directory from their environment or their command line. */
  listProcesses(): Promise<string[]>;
  /** Waits a while for the processes, and for what lies elsewhere, to be gone. */
  leftBehind(): Promise<LeftBehind>;
  /** Removes what {@link AS_TESTER} has made. */
  removeTester(): Promise<void>;
}

const listKeys = async (): Promise<string[]> => readdir(join(homedir(), '.ssh')).catch(() => []);

/** The processes that know `path` from their environment or their command line, as `PID COMMAND-LINE`. */
const listProcesses = async (path: string): Promise<string[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const read = async (file: string): Promise<string> =>
        readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
      const command = await read('cmdline');
      const text = `${command}\0${await read('environ')}`;
      return text.includes(path) ? `${pid} ${command.replaceAll('\0', ' ')}` : undefined;
    }),
  );
  return found.filter((line) => line !== undefined);
};

const untilEmpty = async (list: () => Promise<string[]>): Promise<string[]> => {
  for (let tries = 0; tries < 50; tries += 1) {
    if ((await list()).length === 0) return [];
    await sleep(100);
  }
  return list();
};

/** Makes the directory before each test and removes it afterwards. */
export const useRehearsalDirectory = (): RehearsalDirectory => {
  let path = '';
  let keysBefore: string[] = [];
  beforeEach(async () => {
    keysBefore = await listKeys();
    path = await mkdtemp(join(tmpdir(), 'rehearse-test-'));
    await chmod(path, 0o1777);
  });
  afterEach(async () => {
    await rm(path, { recursive: true });
  });

  /** What a rehearsal writes elsewhere: the meta of its load, and root's ssh key. */
  const listOutside = async (): Promise<string[]> => {
    const mark = path.replaceAll(/[^a-zA-Z0-9_-]/g, '_');
    const temporary = (await readdir('/tmp')).filter((name) => name.startsWith('.ci-storage.meta'));
    return [
      ...temporary.filter((name) => name.includes(mark)),
      ...(await listKeys()).filter((name) => !keysBefore.includes(name)),
    ];
  };

  return {
    get path() {
      return path;
    },
    listProcesses: async () => listProcesses(path),
    leftBehind: async () => ({
      processes: await untilEmpty(async () => listProcesses(path)),
      // A supervisor of another test may have a key of root's there just now.
      files: [...(await readdir(path)), ...(await untilEmpty(listOutside))],
    }),
    removeTester: async () => {
      await rm(join(path, 'passwd'));
      await rm(join(path, 'home'), { recursive: true });
    },
  };
};
