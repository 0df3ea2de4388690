import { describe, expect, test } from 'vitest';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { startContainer } from '../../drivers/docker-driver.ts';
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
});
