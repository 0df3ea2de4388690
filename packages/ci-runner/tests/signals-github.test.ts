import { systemEffects } from '@ci-runner/core';
import { installActionsRunner, startGitHub, type EmbeddedGitHub } from '@ci-runner/sandbox';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { endProcesses, MARKER } from '../src/rehearse/leftovers.ts';
import { readableNode } from '../src/rehearse/readable-node.ts';
import { CI_RUNNER, startCommand, type Finished } from './run-command.ts';
import { makePlace } from './supervised.ts';

const GITHUB_RUNNER = `
  import { githubRunner } from '@ci-runner/plugin-github-runner';
  import { defineConfig } from 'ci-runner';
  export default defineConfig({ plugins: [githubRunner()] });`;

interface Supervisor {
  readonly github: EmbeddedGitHub;
  readonly pid: number;
  readonly finished: Promise<Finished>;
  readonly directory: string;
  /** What it has logged. */
  readonly log: () => string;
}

/** Starts `ci-runner start` against an embedded GitHub by a shell that runs `before` first. */
const startSupervisor = async (before: string): Promise<Supervisor> => {
  const { users } = systemEffects;
  const guest =
    users.current().uid === 0 ? ((await users.find('nobody')) ?? users.current()) : users.current();
  const { directory, socket } = await makePlace(GITHUB_RUNNER);
  const github = await startGitHub();
  onTestFinished(async () => github.close());
  const runner = join(directory, 'actions-runner');
  await installActionsRunner(runner, {
    owner: { uid: guest.uid, gid: guest.gid },
    node: await readableNode(guest, directory),
  });
  const workDir = join(directory, 'work');
  await mkdir(workDir);
  if (guest.uid !== process.getuid?.()) await chown(workDir, guest.uid, guest.gid);
  // `setsid`: as in a terminal, the supervisor leads the group that Ctrl-C hits.
  const shell = ['setsid', '--wait', 'sh', '-c', `${before} echo $$ >&2; exec "$@"`, 'sh'];
  const { child, finished } = startCommand([...shell, ...CI_RUNNER, 'start'], {
    [MARKER]: directory,
    TMPDIR: directory,
    CI_RUNNER_CONTROL_SOCKET: socket,
    CI_RUNNER_CONFIG: join(directory, 'ci-runner.config.ts'),
    GH_TOKEN: github.token,
    GH_HOST: github.url,
    GH_REPOSITORY: 'octo/app',
    GH_LABELS: 'linux',
    GH_DRAIN_QUIET_SEC: '0',
    GH_RUNNER_UPDATE: 'false',
    GH_RUNNER_DIRECTORY: runner,
    CI_RUNNER_USER: guest.name,
    CI_RUNNER_WORK_DIR: workDir,
  });
  onTestFinished(async () => endProcesses(directory));
  let output = '';
  let errors = '';
  child.stdout?.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (errors += data.toString()));
  await expect.poll(() => github.runners()[0]?.status).toBe('online');
  return { github, pid: Number.parseInt(errors, 10), finished, directory, log: () => output };
};

/** `-1` signals the whole group. */
test.each<[what: string, signal: NodeJS.Signals, target: 1 | -1, before: string]>([
  ['SIGTERM', 'SIGTERM', 1, ''],
  ['SIGINT', 'SIGINT', 1, ''],
  ['SIGHUP', 'SIGHUP', 1, ''],
  ['SIGTERM at its group', 'SIGTERM', -1, ''],
  ['SIGINT at its group, as Ctrl-C sends it', 'SIGINT', -1, ''],
  ['SIGHUP at its group, as a closed terminal sends it', 'SIGHUP', -1, ''],
  ['SIGTERM, where SIGINT was ignored at its start', 'SIGTERM', 1, "trap '' INT QUIT;"],
])(
  '%s begins a drain that loses no job, and a second one changes nothing',
  async (_what, signal, target, before) => {
    const { github, pid, finished, directory, log } = await startSupervisor(before);
    const go = join(directory, 'go');
    const job = github.queueJob({
      name: 'build',
      labels: ['linux'],
      steps: [{ run: `until [ -e ${go} ]; do sleep 0.05; done` }],
    });
    await expect.poll(log).toContain('job "build" started');
    process.kill(pid * target, signal);
    await expect.poll(log).toContain('waiting for the end of job "build"');
    process.kill(pid * target, signal);
    await expect.poll(log).toContain(`already draining; ${signal} changes nothing`);
    await writeFile(go, '');
    expect((await job.completed).result).toBe('Succeeded');
    expect((await finished).code).toBe(0);
    // A Listener to which the ignored SIGINT had passed on would have to be killed.
    expect(log()).not.toContain('did not stop within');
    expect(github.runners()).toEqual([]);
  },
);
