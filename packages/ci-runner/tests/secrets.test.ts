import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemEffects } from '@ci-runner/core';
import { installActionsRunner, startGitHub } from '@ci-runner/sandbox';
import { expect, onTestFinished, test } from 'vitest';
import { startWalk } from '../../plugin-github-runner/tests/secrets/walk.ts';
import { endProcesses, MARKER } from '../src/rehearse/leftovers.ts';
import { readableNode } from '../src/rehearse/readable-node.ts';
import { inMounts } from './rehearsal-directory.ts';
import { CI_RUNNER, startCommand } from './run-command.ts';
import { makePlace } from './supervised.ts';

const GITHUB_RUNNER = `
  import { githubRunner } from '@ci-runner/plugin-github-runner';
  import { defineConfig } from 'ci-runner';
  export default defineConfig({ plugins: [githubRunner()] });`;

/** The command with a token mounted where orchestrators mount secrets, in mounts of its own. */
const WITH_MOUNTED_TOKEN = inMounts(`
  mount -t tmpfs -o mode=0755 tmpfs /run
  mkdir /run/secrets
  (umask 277 && cat "$TOKEN_TO_MOUNT" >/run/secrets/GH_TOKEN)
  unset TOKEN_TO_MOUNT
  exec "$@"`);

const ways = { 'in a variable': 'variable', 'in /run/secrets': 'mounted' } as const;

// Where the supervisor is not root, it and guest are one user, and what the one knows the other can read.
test.runIf(process.getuid?.() === 0).for(Object.entries(ways))(
  'a token given to the command %s is out of guest’s reach, and so are its sockets’ secrets',
  { timeout: 300_000 },
  async ([, way]) => {
    const since = Date.now();
    const guest = await systemEffects.users.find('nobody');
    if (guest === undefined) throw new Error('this machine has no account nobody');
    const place = await makePlace(GITHUB_RUNNER);
    const github = await startGitHub();
    onTestFinished(async () => github.close());
    const runner = join(place.directory, 'actions-runner');
    const node = await readableNode(guest, place.directory);
    await installActionsRunner(runner, { owner: { uid: guest.uid, gid: guest.gid }, node });
    const workDir = join(place.directory, 'work');
    await mkdir(workDir);
    await chown(workDir, guest.uid, guest.gid);
    const temporary = join(place.directory, 'tmp');
    await mkdir(temporary);
    await chmod(temporary, 0o1777);
    const token = join(place.directory, 'token');
    await writeFile(token, github.token, { mode: 0o400 });
    const walk = await startWalk({ guest: guest.name, node, folder: place.directory, since });

    const command = [...(way === 'mounted' ? WITH_MOUNTED_TOKEN : []), ...CI_RUNNER, 'start'];
    const running = startCommand(command, {
      [MARKER]: place.directory,
      ...(way === 'mounted' ? { TOKEN_TO_MOUNT: token } : { GH_TOKEN: github.token }),
      // Somebody has made a header of it.
      GIT_HEADER: `Basic ${Buffer.from(`octo:${github.token}`).toString('base64')}`,
      TMPDIR: temporary,
      CI_RUNNER_CONTROL_SOCKET: place.socket,
      CI_RUNNER_CONFIG: join(place.directory, 'ci-runner.config.ts'),
      GH_HOST: github.url,
      GH_REPOSITORY: 'octo/app',
      GH_LABELS: 'linux',
      GH_DRAIN_QUIET_SEC: '0',
      GH_RUNNER_DIRECTORY: runner,
      CI_RUNNER_USER: guest.name,
      CI_RUNNER_WORK_DIR: workDir,
    });
    onTestFinished(async () => endProcesses(place.directory));
    await place.reaches('serve');
    const { pid } = running.child;
    const script = `
      cat /proc/${pid}/environ && exit 1
      ls /proc/${pid}/fd && exit 1
      curl --silent --max-time 5 --unix-socket ${place.socket} http://ci-runner/status && exit 1
      hook=$(dirname "$ACTIONS_RUNNER_HOOK_JOB_STARTED")/supervisor.sock
      for path in / /status /job-started; do
        curl --silent --max-time 10 --include --unix-socket "$hook" "http://ci-runner$path"
      done
      cat /run/secrets/GH_TOKEN && exit 1
      ${walk.command}`;
    const job = github.queueJob({
      repository: 'octo/app',
      name: 'build',
      labels: ['linux'],
      steps: [{ run: `set +e\n${script}` }],
    });
    const { result, log } = await job.completed;
    expect({ result, log }).toMatchObject({ result: 'Succeeded' });
    expect(log.join('\n')).toContain('404 Not Found');
    expect(log.join('\n')).not.toContain(github.token);
    await expect.poll(() => walk.passesInside()).toBe(2);
    await walk.pass();
    expect((await place.run('drain')).code).toBe(0);
    const { code, stdout, stderr } = await running.finished;
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(github.token);
    await walk.pass();
    expect(walk.search([{ name: 'GH_TOKEN', value: github.token }])).toEqual([]);
    expect(walk.places()).toContain(`/proc/${pid}/cmdline`);
  },
);
