import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { ROOT } from '../../../scripts/run-step.ts';
import { docker, tryDocker } from '../../docker.ts';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { ownOptions, startContainer, stockImage } from '../../drivers/docker-driver.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { runJob, whileRunning } from '../../drivers/run-job.ts';

describe.runIf(hasEngine())('the example of a derived image', () => {
  const image = `${inject('run').id}:derived`;

  beforeAll(async () => {
    const context = join(ROOT, 'docker/examples/derived');
    const argument = `--build-arg=CI_RUNNER_IMAGE=${stockImage()}`;
    await docker(['build', '--quiet', `--tag=${image}`, argument, context]);
    return async () => {
      await docker(['image', 'rm', '--force', image]);
    };
  });

  test('checks and rehearses itself', async () => {
    const run = ['run', '--rm', ...ownOptions()];
    const settings = ['--env=GH_TOKEN=t', '--env=GH_REPOSITORY=octo/app'];
    const check = await tryDocker([...run, ...settings, image, 'check']);
    expect(check).toMatchObject({ code: 0, stdout: expect.stringContaining('make') as string });
    const rehearsal = await tryDocker([...run, image, 'rehearse', '--json']);
    expect(rehearsal).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(rehearsal.stdout)).toMatchObject({ ok: true });
  });

  test('its scripts, its programs and its plugin are there for jobs', async () => {
    const github = await startReachableGitHub();
    const runner = await startContainer({
      image,
      github,
      // The labels of the configuration file count.
      environment: { GH_LABELS: '' },
    });
    const job = github.queueJob({
      name: 'look around',
      labels: ['linux', 'x64', 'make'],
      steps: [
        {
          run: `
            echo "flags=$MAKEFLAGS" >>"$GITHUB_OUTPUT"
            echo "scratch=$(ls "$SCRATCH_DIR" | wc -l)" >>"$GITHUB_OUTPUT"
            touch "$SCRATCH_DIR/left"
            echo "branch=$(git config --global init.defaultBranch)" >>"$GITHUB_OUTPUT"
            printf 'all:\\n\\techo made\\n' >Makefile
            echo "made=$(make --silent)" >>"$GITHUB_OUTPUT"`,
        },
      ],
    });
    expect(await whileRunning(runner, job.completed)).toMatchObject({
      result: 'Succeeded',
      outputs: {
        flags: expect.stringMatching(/^-j\d+$/) as string,
        scratch: '0',
        branch: 'main',
        made: 'made',
      },
    });
    const next = await runJob(github, runner, '[ -z "$(ls "$SCRATCH_DIR")" ]');
    expect(next.result).toBe('Succeeded');
    await runner.logged(/look around begins with \d+ MB of room/);
    expect(await runner.stop()).toBe(0);
  });

  test('its plugin refuses a job that would have too little room', async () => {
    const github = await startReachableGitHub();
    const runner = await startContainer({
      image,
      github,
      environment: { GH_LABELS: 'linux' },
      options: ['--tmpfs=/mnt:exec,size=50m'],
    });
    const { result, log } = await runJob(github, runner, 'echo ran');
    expect(result).toBe('Failed');
    expect(log.join('\n')).toMatch(/\/mnt has \d+ MB left; jobs need 100 MB/);
    expect(log).not.toContain('ran');
    expect(await runner.stop()).toBe(0);
  });
});
