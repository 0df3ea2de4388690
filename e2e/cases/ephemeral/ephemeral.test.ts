import { describe, expect, test } from 'vitest';
import { availableDrivers } from '../../drivers/available-drivers.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { runJob } from '../../drivers/run-job.ts';

describe.each(availableDrivers())('$name', ({ start, host }) => {
  test('registers anew for every job, over the same work directory', async () => {
    const github = await startReachableGitHub(host);
    const runner = await start({ github, environment: { GH_RUNNER_MODE: 'ephemeral' } });
    const first = await runJob(github, runner, 'echo warm >kept');
    const second = await runJob(github, runner, 'cat kept');
    expect([first, second]).toMatchObject([{ result: 'Succeeded' }, { result: 'Succeeded' }]);
    expect(second.runnerName).not.toBe(first.runnerName);
    await expect.poll(() => github.runners()).toMatchObject([{ ephemeral: true, busy: false }]);
    expect(await runner.stop()).toBe(0);
    expect(github.runners()).toEqual([]);
  });
});
