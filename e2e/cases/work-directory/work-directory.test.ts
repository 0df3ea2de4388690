import { describe, expect, test } from 'vitest';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { startContainer } from '../../drivers/docker-driver.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { runJob } from '../../drivers/run-job.ts';

const JOB = 'pwd; printf "#!/bin/sh\\necho executed\\n" >run; chmod +x run; ./run';

describe.runIf(hasEngine())('the work directory', () => {
  test.each([
    ['/mnt in memory', '/mnt', { CI_RUNNER_WORK_DIR: '' }, ['--tmpfs=/mnt:exec']],
    ['another one', '/data/of/ours', { CI_RUNNER_WORK_DIR: '/data/of/ours' }, []],
    ['a volume', '/srv/work', { CI_RUNNER_WORK_DIR: '/srv/work' }, ['--volume=/srv/work']],
  ])('%s is made guest’s own', async (_what, directory, environment, options) => {
    const github = await startReachableGitHub();
    const runner = await startContainer({ github, environment, options });
    const { log, result } = await runJob(github, runner, JOB);
    expect(log.join('\n')).toContain(`${directory}/app/app`);
    expect(log.join('\n')).toContain('executed');
    expect(result).toBe('Succeeded');
    const { stdout } = await runner.exec(['stat', '-c', '%U %a', directory]);
    expect(stdout).toBe('guest 700\n');
    expect(await runner.stop()).toBe(0);
    expect(runner.log()).not.toContain('noexec');
  });

  test('is told to be of little use where nothing can be executed', async () => {
    const github = await startReachableGitHub();
    const runner = await startContainer({ github, options: ['--tmpfs=/mnt'] });
    await runner.logged('warning: /mnt is mounted noexec');
    expect(await runner.stop()).toBe(0);
  });
});
