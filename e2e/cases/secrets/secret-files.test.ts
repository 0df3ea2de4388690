import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { startContainer } from '../../drivers/docker-driver.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { runJob } from '../../drivers/run-job.ts';

const TOKEN = 'ghp_e2eSecret0123456789abcdef0123456789';

/** The token in a file of root's, of this mode. */
const makeFile = async (mode: number): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-e2e-'));
  onTestFinished(async () => rm(directory, { recursive: true }));
  const file = join(directory, 'token');
  await writeFile(file, `${TOKEN}\n`);
  await chmod(file, mode);
  return file;
};

describe.runIf(hasEngine())('a secret in a file', () => {
  test.each([
    ['at its place', '/run/secrets/GH_TOKEN', {}],
    ['that a variable names', '/etc/token', { GH_TOKEN_FILE: '/etc/token' }],
  ])('%s is read by the supervisor alone', async (_what, path, variables) => {
    const github = await startReachableGitHub(undefined, { token: TOKEN });
    const file = await makeFile(0o400);
    const runner = await startContainer({
      github,
      environment: { GH_TOKEN: '', ...variables },
      options: [`--volume=${file}:${path}:ro`, '--health-interval=1s'],
    });
    const { log, result } = await runJob(github, runner, `env; cat ${path} || echo closed`);
    expect(result).toBe('Succeeded');
    expect(log).toContain('closed');
    expect(log.join('\n')).not.toContain(TOKEN);
    // What the health check has printed is part of it.
    await expect.poll(async () => runner.inspect('{{len .State.Health.Log}}')).not.toBe('0');
    expect(await runner.inspect('{{json .}}')).not.toContain(TOKEN);
    expect(await runner.stop()).toBe(0);
    expect(runner.log()).not.toContain(TOKEN);
  });

  test('that jobs could read is refused', async () => {
    const github = await startReachableGitHub(undefined, { token: TOKEN });
    const file = await makeFile(0o444);
    const runner = await startContainer({
      github,
      environment: { GH_TOKEN: '' },
      options: [`--volume=${file}:/run/secrets/GH_TOKEN:ro`],
    });
    expect(await runner.exited).toBe(78);
    expect(runner.log()).toContain('can be read by guest');
    expect(runner.log()).not.toContain(TOKEN);
  });

  test('that is missing on the host is told as the empty directory that Docker makes of it', async () => {
    const github = await startReachableGitHub(undefined, { token: TOKEN });
    const missing = join(await makeFile(0o400), '../missing');
    const runner = await startContainer({
      github,
      environment: { GH_TOKEN: '' },
      options: [`--volume=${missing}:/run/secrets/GH_TOKEN`],
    });
    expect(await runner.exited).toBe(78);
    expect(runner.log()).toContain('/run/secrets/GH_TOKEN is an empty directory');
  });
});
