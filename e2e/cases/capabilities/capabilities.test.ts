import { describe, expect, test } from 'vitest';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { startContainer } from '../../drivers/docker-driver.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { runJob } from '../../drivers/run-job.ts';

/** What root needs to prepare directories for guest, to become guest, and to signal what guest runs. */
const NEEDED = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'];

const OPTIONS = [
  '--cap-drop=ALL',
  ...NEEDED.map((name) => `--cap-add=${name}`),
  '--security-opt=no-new-privileges',
];

describe.runIf(hasEngine())('a container without privileges', () => {
  test('needs few capabilities, and none for its jobs', async () => {
    const github = await startReachableGitHub();
    const runner = await startContainer({ github, options: OPTIONS });
    const { log, result } = await runJob(
      github,
      runner,
      'grep -E "CapEff|NoNewPrivs" /proc/self/status',
    );
    expect(result).toBe('Succeeded');
    expect(log.join('\n')).toMatch(/NoNewPrivs:\s+1/);
    expect(log.join('\n')).toMatch(/CapEff:\s+0000000000000000/);
    expect(await runner.exec(['bash', '-lc', 'id -un'])).toMatchObject({ stdout: 'guest\n' });
    expect(await runner.stop()).toBe(0);
    expect(github.runners()).toEqual([]);
    expect(runner.log()).not.toMatch(/EPERM|EACCES|error|warn/i);
  });
});
