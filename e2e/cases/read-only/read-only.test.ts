import { describe, expect, test } from 'vitest';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { runImage, startContainer } from '../../drivers/docker-driver.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { runJob } from '../../drivers/run-job.ts';

/**
 * What is written, with a read-only root. The engine fills the volume with the actions-runner when it starts the container:
 * the archive of GitHub’s own, version 2.338.0, has 228 MB.
 */
const MOUNTS = [
  '--read-only',
  '--tmpfs=/tmp',
  '--tmpfs=/run',
  '--tmpfs=/mnt:exec',
  '--tmpfs=/var/cache/ci-storage',
  '--volume=/home/guest',
];

describe.runIf(hasEngine())('a container with a read-only root', () => {
  test('boots, runs a job, drains, and can be entered', async () => {
    const github = await startReachableGitHub();
    const runner = await startContainer({ github, options: MOUNTS });
    const { log, result } = await runJob(
      github,
      runner,
      'touch /etc/x || echo refused; touch here',
    );
    expect(log).toContain('refused');
    expect(result).toBe('Succeeded');
    const { stdout } = await runner.exec(['bash', '-lc', 'id -un; pwd']);
    expect(stdout).toBe('guest\n/home/guest\n');
    expect(await runner.command('status')).toMatchObject({ code: 0 });
    expect(await runner.stop()).toBe(0);
    expect(github.runners()).toEqual([]);
    expect(runner.log()).not.toMatch(/EROFS|error|warn/i);
  });

  test('tells all mounts that are missing at once, before GitHub is asked for anything', async () => {
    const variables = ['GH_TOKEN=ghp_0123456789', 'GH_REPOSITORY=octo/app', 'GH_LABELS=linux'];
    const options = variables.map((variable) => `--env=${variable}`);
    const { code, stderr } = await runImage(['check'], ['--read-only', ...options]);
    expect(code).toBe(78);
    const settings = ['TMPDIR', 'CI_RUNNER_WORK_DIR', 'CI_RUNNER_CACHE_DIR', 'GH_RUNNER_DIRECTORY'];
    for (const setting of settings) {
      expect(stderr).toMatch(new RegExp(`${setting}: got "/\\S+"; .* read-only`));
    }
  });
});
