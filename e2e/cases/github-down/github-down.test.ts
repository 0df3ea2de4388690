import { describe, expect, test } from 'vitest';
import { availableDrivers } from '../../drivers/available-drivers.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { runJob } from '../../drivers/run-job.ts';

describe.each(availableDrivers())('$name', ({ start, host }) => {
  test('waits for a GitHub that is down at the boot, and goes on when it is down later', async () => {
    const github = await startReachableGitHub(host);
    const atBoot = github.faults.add({ answer: { status: 503 } });
    const runner = await start({ github });
    await expect.poll(() => github.requests.length).toBeGreaterThan(2);
    expect(await runner.command('status')).toMatchObject({ code: 0 });
    expect(github.runners()).toEqual([]);
    atBoot.remove();
    expect(await runJob(github, runner, 'true')).toMatchObject({ result: 'Succeeded' });

    const later = github.faults.add({ answer: 'reset' });
    const seen = github.requests.length;
    await expect.poll(() => github.requests.length).toBeGreaterThan(seen + 2);
    expect(await runner.command('status')).toMatchObject({ code: 0 });
    later.remove();
    expect(await runJob(github, runner, 'true')).toMatchObject({ result: 'Succeeded' });
    expect(await runner.stop()).toBe(0);
    expect(github.runners()).toEqual([]);
  });
});
