import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../../scripts/run-step.ts';
import { composeProject, composes, exitCodeOf } from '../../compose/compose-project.ts';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { stockImage } from '../../drivers/docker-driver.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { queueJob } from '../../drivers/run-job.ts';
import { buildStorageImage } from '../../storage-server/build-storage-image.ts';

const STORE = `
  echo built >result
  ci-storage store --slot-id=of-the-job --local-dir="$PWD" --storage-host="$(cat ~/ci-storage-host)" \\
    --storage-dir="/mnt/$GITHUB_REPOSITORY/\${PWD//\\//_}"`;

/** Who it is, where it is, and how many secrets it has. */
const SHELL = 'echo "$(id -un) $PWD $(env | grep --count ^GH_TOKEN=)"';

describe.runIf(hasEngine())('docker/compose.yml as it stands', () => {
  test.each(composes())(
    'has runners with the settings of the shell, and a storage that their jobs can use, with Compose $version',
    async (compose) => {
      const github = await startReachableGitHub();
      const project = composeProject({
        compose,
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
      expect(await project.exec('ci-runner', 'bash', '-lc', SHELL)).toBe('guest /home/guest 0\n');
      expect(await project.exec('ci-runner', 'bash', '-c', 'id -un')).toBe('root\n');

      await project.up('--scale=ci-runner=2');
      await expect.poll(() => github.runners().length).toBe(2);
      const containers = await project.containers('ci-runner');
      await project.stop('ci-runner');
      expect(github.runners()).toEqual([]);
      expect(await Promise.all(containers.map(exitCodeOf))).toEqual([0, 0]);
    },
  );
});
