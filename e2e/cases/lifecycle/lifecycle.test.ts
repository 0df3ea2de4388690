import { describe, expect, test } from 'vitest';
import { availableDrivers } from '../../drivers/available-drivers.ts';
import { makeGate } from '../../drivers/gate.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { queueJob, runJob, whileRunning } from '../../drivers/run-job.ts';

describe.each(availableDrivers())('$name', ({ start, host }) => {
  test('takes jobs, finishes the running one on SIGTERM, and leaves no registration', async () => {
    const github = await startReachableGitHub(host);
    const gate = await makeGate(host);
    const runner = await start({ github });
    const first = await runJob(github, runner, 'echo "in $PWD as $(id -un)"');
    expect(first).toMatchObject({ result: 'Succeeded' });
    expect(first.log.join('\n')).toMatch(/in \/\S+\/app\/app as (?:guest|nobody)/);

    const second = queueJob(github, [gate.step]);
    await whileRunning(runner, second.acquired);
    const stopped = runner.stop();
    await runner.logged('draining: SIGTERM');
    expect(github.runners()).toMatchObject([{ busy: true }]);
    gate.open();
    expect(await second.completed).toMatchObject({ result: 'Succeeded' });
    expect(await stopped).toBe(0);
    expect(github.runners()).toEqual([]);
  });
});
