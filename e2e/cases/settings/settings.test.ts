import { describe, expect, test } from 'vitest';
import { availableDrivers, hasEngine } from '../../drivers/available-drivers.ts';
import { runImage } from '../../drivers/docker-driver.ts';

const WRONG = { GH_LABELS: '', GH_REPOSITORY: 'https://github.com/octo/app', FORWARD_PORTS: '1 x' };

const FAULTS = ['GH_REPOSITORY:', 'GH_LABELS:', 'GH_TOKEN:', 'FORWARD_PORTS:'];

describe.each(availableDrivers())('$name', ({ start }) => {
  test('refuses wrong settings with all faults at once and 78', async () => {
    const runner = await start({ environment: WRONG });
    expect(await runner.exited).toBe(78);
    for (const fault of FAULTS) expect(runner.log()).toContain(fault);
  });
});

test.runIf(hasEngine())('docker run IMAGE check says the same', async () => {
  const options = Object.entries(WRONG).map(([name, value]) => `--env=${name}=${value}`);
  const wrong = await runImage(['check'], options);
  expect(wrong.code).toBe(78);
  for (const fault of FAULTS) expect(wrong.stderr).toContain(fault);
  const right = await runImage(
    ['check'],
    ['--env=GH_TOKEN=ghp_0123456789', '--env=GH_REPOSITORY=octo/app', '--env=GH_LABELS=linux'],
  );
  expect(right).toMatchObject({ code: 0, stderr: '' });
  expect(right.stdout).toContain('/etc/ci-runner/ci-runner.config.ts');
  expect(right.stdout).toContain('workDir: /mnt');
  expect(right.stdout).not.toContain('ghp_0123456789');
});
