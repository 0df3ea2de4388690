import { describe, expect, test } from 'vitest';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { startContainer } from '../../drivers/docker-driver.ts';
import { makeGate } from '../../drivers/gate.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { queueJob, whileRunning } from '../../drivers/run-job.ts';

describe.runIf(hasEngine())('two containers of one host', () => {
  test('with one name of the host and the same forwards take a job each', async () => {
    const github = await startReachableGitHub();
    const host = new URL(github.url).hostname;
    const gate = await makeGate(host);
    const spec = {
      github,
      environment: { FORWARD_HOST: host, FORWARD_PORTS: '15432 18125/udp' },
      options: ['--hostname=same'],
    };
    const [one, other] = await Promise.all([startContainer(spec), startContainer(spec)]);
    const jobs = [queueJob(github, [gate.step]), queueJob(github, [gate.step])];
    const takers = await Promise.all(
      jobs.map(async ({ acquired }) => whileRunning(one, whileRunning(other, acquired))),
    );
    expect(new Set(takers.map(({ runnerName }) => runnerName)).size).toBe(2);
    gate.open();
    const reports = await Promise.all(jobs.map(async ({ completed }) => completed));
    expect(reports).toMatchObject([{ result: 'Succeeded' }, { result: 'Succeeded' }]);
    expect(await Promise.all([one.stop(), other.stop()])).toEqual([0, 0]);
    expect(github.runners()).toEqual([]);
  });
});
