import { describe, expect, test } from 'vitest';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { startContainer } from '../../drivers/docker-driver.ts';
import { makeGate } from '../../drivers/gate.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { queueJob, runJob, whileRunning } from '../../drivers/run-job.ts';

/** The image's own check, asked more often. */
const OFTEN = ['--health-interval=1s', '--health-retries=2', '--health-start-period=1s'];

/** The first child of PID 1. */
const SUPERVISOR = 'cut -d" " -f1 /proc/1/task/1/children';

const HEALTH = '{{.State.Health.Status}}';

describe.runIf(hasEngine())('the health of a container', () => {
  test('follows its supervisor, not GitHub', async () => {
    const github = await startReachableGitHub();
    const outage = github.faults.add({ answer: { status: 503 } });
    const runner = await startContainer({ github, options: OFTEN });
    const health = async (): Promise<string> => runner.inspect(HEALTH);
    await expect.poll(health).toBe('healthy');
    outage.remove();
    await runJob(github, runner, 'true');

    await runner.exec(['sh', '-c', `kill -STOP $(${SUPERVISOR})`]);
    await expect.poll(health).toBe('unhealthy');
    await runner.exec(['sh', '-c', `kill -CONT $(${SUPERVISOR})`]);
    await expect.poll(health).toBe('healthy');

    const gate = await makeGate(new URL(github.url).hostname);
    const job = queueJob(github, [gate.step]);
    await whileRunning(runner, job.acquired);
    const drained = runner.command('drain', '--reason', 'a test');
    expect(await drained).toMatchObject({ code: 0 });
    await runner.logged('draining: a test');
    expect(await runner.command('status')).toMatchObject({ code: 0 });
    expect(await health()).toBe('healthy');
    gate.open();
    expect(await runner.exited).toBe(0);
    expect(await job.completed).toMatchObject({ result: 'Succeeded' });
  });
});
