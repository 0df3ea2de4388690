import { describe, expect, test } from 'vitest';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { startContainer } from '../../drivers/docker-driver.ts';
import { makeGate } from '../../drivers/gate.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { queueJob, runJob, whileRunning } from '../../drivers/run-job.ts';

/** The first child of PID 1. */
const SUPERVISOR = 'cut -d" " -f1 /proc/1/task/1/children';

describe.runIf(hasEngine())('a container', () => {
  test('that is killed in the middle of a job registers anew over the warm work directory', async () => {
    const github = await startReachableGitHub();
    const runner = await startContainer({ github });
    expect(await runJob(github, runner, 'echo warm >kept')).toMatchObject({ result: 'Succeeded' });
    const gate = await makeGate(new URL(github.url).hostname);
    const lost = queueJob(github, [gate.step]);
    await whileRunning(runner, lost.acquired);
    lost.completed.catch(() => {});
    await runner.kill('KILL');
    expect(await runner.exited).toBe(137);
    lost.abandon();

    await runner.again('start');
    const { result } = await runJob(github, runner, 'cat kept');
    expect(result).toBe('Succeeded');
    expect(await runner.stop()).toBe(0);
  });

  test('that is restarted drains, and registers anew over the warm work directory', async () => {
    const github = await startReachableGitHub();
    const runner = await startContainer({ github, options: ['--stop-timeout=90'] });
    const first = await runJob(github, runner, 'echo warm >kept');
    await runner.again('restart');
    const second = await runJob(github, runner, 'cat kept');
    expect([first, second]).toMatchObject([{ result: 'Succeeded' }, { result: 'Succeeded' }]);
    expect(second.runnerName).not.toBe(first.runnerName);
    expect(github.runners().map(({ name }) => name)).toEqual([second.runnerName]);
    expect(await runner.stop()).toBe(0);
    expect(github.runners()).toEqual([]);
  });

  test('ends with its supervisor', async () => {
    const github = await startReachableGitHub();
    const runner = await startContainer({ github });
    await runner.logged('Listening for Jobs');
    const ended = runner.exited;
    await runner.exec(['sh', '-c', `kill -KILL $(${SUPERVISOR})`]);
    expect(await ended).toBe(137);
  });

  test.each([
    ['as PID 1', []],
    ['below an init of the engine’s', ['--init']],
  ])('reaps what jobs leave behind, %s', async (_where, options) => {
    const github = await startReachableGitHub();
    const runner = await startContainer({ github, options });
    // It outlives the job, because it is no longer known as the job's, and then ends with nobody but PID 1 to reap it.
    const script = 'RUNNER_TRACKING_ID= setsid sh -c "sleep 2; exit 3" >/dev/null 2>&1 &';
    expect(await runJob(github, runner, script)).toMatchObject({ result: 'Succeeded' });
    const orphans = async (): Promise<string> =>
      (await runner.exec(['sh', '-c', 'grep -l "^Name:.sleep" /proc/[0-9]*/status'])).stdout;
    await expect.poll(orphans).toBe('');
    // Others may be dead for a moment, until their parent has heard of it.
    const zombies = async (): Promise<string> =>
      (await runner.exec(['sh', '-c', 'grep -l "^State:.Z" /proc/[0-9]*/status'])).stdout;
    await expect.poll(zombies).toBe('');
    expect(await runner.stop()).toBe(0);
    expect(runner.log()).not.toMatch(/tini/i);
  });
});
