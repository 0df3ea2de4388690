import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { dockerDriver, startContainer } from '../../drivers/docker-driver.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { runJob } from '../../drivers/run-job.ts';
import { makeKeyPair } from '../../storage-server/start-storage.ts';

test.runIf(hasEngine())('a storage that is down is told, and the runner starts cold', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-keys-'));
  onTestFinished(async () => rm(directory, { recursive: true }));
  const { privateKey } = await makeKeyPair(directory);
  const github = await startReachableGitHub();
  const runner = await startContainer({
    github,
    environment: {
      // Nobody listens there, in no other case either.
      FORWARD_HOST: dockerDriver().host,
      FORWARD_PORTS: '10023',
      CI_STORAGE_HOST: '127.0.0.1:10023',
      CI_STORAGE_PRIVATE_KEY: privateKey,
    },
    options: ['--tmpfs=/mnt:exec'],
  });
  const count = 'echo "files=$(find . -type f | wc -l)" >>"$GITHUB_OUTPUT"';
  expect(await runJob(github, runner, count)).toMatchObject({
    result: 'Succeeded',
    outputs: { files: '0' },
  });
  await runner.logged(/prewarm: .*cold/);
  expect(await runner.stop()).toBe(0);
  expect(github.runners()).toEqual([]);
});
