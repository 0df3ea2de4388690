import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../../scripts/run-step.ts';
import { composeProject, composes } from '../../compose/compose-project.ts';
import { docker } from '../../docker.ts';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { stockImage } from '../../drivers/docker-driver.ts';
import { buildStorageImage } from '../../storage-server/build-storage-image.ts';

describe.runIf(hasEngine())('docker/compose.yml with the profile sandbox', () => {
  test.each(composes())(
    'has a first build that is cold, and the boot before the second one brings its files, with Compose $version',
    async (compose) => {
      const project = composeProject({
        compose,
        what: 'sandbox',
        files: [join(ROOT, 'docker/compose.yml')],
        profile: 'sandbox',
        environment: {
          CI_RUNNER_IMAGE: stockImage(),
          CI_STORAGE_IMAGE: await buildStorageImage('sandbox'),
        },
      });
      await project.up();
      const builds = async (): Promise<string[]> => {
        const log = await project.logs('sandbox-github');
        return [...log.matchAll(/build \d on \S+: (.*)/g)].map(([, line = '']) => line.trim());
      };
      await expect
        .poll(async () => (await builds()).slice(0, 2), { timeout: 120_000, interval: 500 })
        .toEqual([
          'succeeded; 0 files were there at its start, 2000 stored',
          'succeeded; 2000 files were there at its start, 2000 stored',
        ]);
      // The profile that .env names counts only when none is given.
      expect(await project.created()).toEqual(['ci-storage', 'sandbox-github', 'sandbox-runner']);
      const runner = await project.container('sandbox-runner');
      expect(await docker(['inspect', '--format', '{{.HostConfig.Tmpfs}}', runner])).toBe(
        'map[/mnt:exec]',
      );
      expect(await project.logs('sandbox-runner')).toContain(
        'prewarm: slot sandbox is loaded from 127.0.0.1:10022: 2,000 files',
      );
    },
  );
});
