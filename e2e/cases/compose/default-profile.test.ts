import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../../scripts/run-step.ts';
import { composeProject, exitCodeOf } from '../../compose/compose-project.ts';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { stockImage } from '../../drivers/docker-driver.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { queueJob } from '../../drivers/run-job.ts';
import { buildStorageImage } from '../../storage-server/build-storage-image.ts';

const STORE = `
  echo built >result
  ci-storage store --slot-id=of-the-job --local-dir="$PWD" --storage-host="$(cat ~/ci-storage-host)" \\
    --storage-dir="/mnt/$GITHUB_REPOSITORY/\${PWD//\\//_}"`;

test.runIf(hasEngine())(
  'docker/compose.yml as it stands: a runner with the settings of the shell, and a storage that its jobs can use',
  async () => {
    const github = await startReachableGitHub();
    const project = composeProject({
      what: 'default',
      files: [join(ROOT, 'docker/compose.yml')],
      environment: {
        CI_RUNNER_IMAGE: stockImage(),
        CI_STORAGE_IMAGE: await buildStorageImage('default'),
        GH_HOST: github.url,
        GH_TOKEN: github.token,
        GH_REPOSITORY: 'octo/app',
        GH_LABELS: 'linux',
      },
    });
    await project.up();
    expect(await queueJob(github, STORE).completed).toMatchObject({ result: 'Succeeded' });
    expect(await project.services()).toEqual(['ci-runner', 'ci-storage']);
    const container = await project.container('ci-runner');
    await project.stop('ci-runner');
    expect(github.runners()).toEqual([]);
    expect(await exitCodeOf(container)).toBe(0);
  },
);
