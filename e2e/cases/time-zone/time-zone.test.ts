import { describe, expect, test } from 'vitest';
import { availableDrivers } from '../../drivers/available-drivers.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { runJob } from '../../drivers/run-job.ts';

describe.each(availableDrivers())('$name', ({ start, host }) => {
  test('the log and the jobs have the time zone of TZ', async () => {
    const github = await startReachableGitHub(host);
    const runner = await start({ github, environment: { TZ: 'Asia/Kathmandu' } });
    const { log } = await runJob(github, runner, 'date "+offset %z"');
    expect(log.join('\n')).toContain('offset +0545');
    expect(runner.log()).toMatch(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT\+5:45\] /m);
    expect(await runner.stop()).toBe(0);
  });
});
