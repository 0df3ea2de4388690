import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readableNode } from '../../packages/ci-runner/src/rehearse/readable-node.ts';
import { systemEffects, type User } from '../../packages/core/src/index.ts';
import {
  installActionsRunner,
  startGitHub,
  type EmbeddedGitHub,
} from '../../packages/sandbox/src/index.ts';

/** A GitHub and a machine for one runner after the other. */
export interface Site {
  readonly github: EmbeddedGitHub;
  readonly guest: User;
  readonly runnerDirectory: string;
  readonly directory: string;
  /** The variables of `ci-runner start`. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** The label of jobs and runners. One that every runner has could not be removed. */
export const LABEL = 'bench';

/** Longer than any job and shorter than anybody's patience: a job that nobody renews is abandoned then. */
const JOB_LOCK_MS = 20_000;

const findGuest = async (): Promise<User> => {
  const current = systemEffects.users.current();
  return current.uid === 0 ? ((await systemEffects.users.find('nobody')) ?? current) : current;
};

/** GitHub lies about half of the jobs, and deletes a runner in the middle of a job in 30 % of the calls. */
const startLiar = async (seed: number): Promise<EmbeddedGitHub> =>
  startGitHub({
    seed,
    jobLockMs: JOB_LOCK_MS,
    behaviour: { busyLies: 0.5, deletesBusy: 0.3 },
  });

/** Makes a site; its close removes everything. */
export const makeSite = async (seed: number): Promise<Site> => {
  const guest = await findGuest();
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-drain-'));
  await chmod(directory, 0o755);
  const runnerDirectory = join(directory, 'actions-runner');
  const workDirectory = join(directory, 'work');
  for (const path of [join(directory, 'empty'), workDirectory]) await mkdir(path);
  await chown(workDirectory, guest.uid, guest.gid);
  await installActionsRunner(runnerDirectory, {
    owner: { uid: guest.uid, gid: guest.gid },
    node: await readableNode(guest, directory),
  });
  const github = await startLiar(seed);
  return {
    github,
    guest,
    directory,
    runnerDirectory,
    environment: {
      PATH: process.env['PATH'] ?? '',
      LOG_FORMAT: 'json',
      GH_TOKEN: github.token,
      GH_HOST: github.url,
      GH_REPOSITORY: 'octo/app',
      GH_LABELS: LABEL,
      GH_RUNNER_DIRECTORY: runnerDirectory,
      CI_RUNNER_USER: guest.name,
      CI_RUNNER_WORK_DIR: workDirectory,
      CI_RUNNER_CACHE_DIR: join(directory, 'cache'),
      CI_RUNNER_CONTROL_SOCKET: join(directory, 'control.sock'),
      CI_RUNNER_ROOT_ENTRYPOINTS: join(directory, 'empty'),
      CI_RUNNER_GUEST_ENTRYPOINTS: join(directory, 'empty'),
    },
    close: async () => {
      await github.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
};

/** Makes the site fit for the next runner, whatever the last one has left. */
export const resetSite = async ({ github, runnerDirectory }: Site): Promise<void> => {
  for (const { id } of github.runners()) github.forgetRunner(id);
  const files = await readdir(runnerDirectory);
  const left = files.filter((name) => /^\.(runner|credentials)/.test(name));
  await Promise.all(left.map(async (name) => rm(join(runnerDirectory, name), { force: true })));
};

/** The pids of the live processes that run out of a site's actions-runner. */
export const runnerProcesses = async ({ runnerDirectory }: Site): Promise<number[]> => {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    // A process that was not reaped yet has no command line.
    if (command.includes(runnerDirectory)) found.push(Number(name));
  }
  return found;
};

/** Kills them. */
export const killRunner = async (site: Site): Promise<void> => {
  for (const pid of await runnerProcesses(site)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
};
