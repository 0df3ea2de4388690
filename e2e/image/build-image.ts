import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startGitHub } from '../../packages/sandbox/src/index.ts';
import { ROOT } from '../../scripts/run-step.ts';
import { ensureBaseImages } from '../base-images/ensure-base-images.ts';
import { stockBaseImages } from '../base-images/stock-base-images.ts';
import { docker } from '../docker.ts';
import { packStandIn } from './pack-stand-in.ts';

/** What {@link buildImage} takes. */
export interface BuildOptions {
  readonly tag: string;
  readonly signal?: AbortSignal | undefined;
  readonly tell?: (line: string) => void;
}

/** Where the image has its Node. */
const NODE = '/opt/ci-runner/bin/node';

/** The version of the actions-runner that docker/Dockerfile pins. */
export const pinnedRunnerVersion = async (): Promise<string> => {
  const dockerfile = await readFile(join(ROOT, 'docker/Dockerfile'), 'utf8');
  const version = /^ARG RUNNER_VERSION=(\S+)$/m.exec(dockerfile)?.[1];
  if (version === undefined) throw new Error('docker/Dockerfile pins no RUNNER_VERSION');
  return version;
};

/**
 * Builds docker/Dockerfile with the stand-in in the place of the actions-runner: an embedded GitHub offers its archive for
 * download, and its checksum is given as that of the release would be.
 */
export const buildImage = async ({ tag, signal, tell }: BuildOptions): Promise<void> => {
  await ensureBaseImages(await stockBaseImages(), { signal, ...(tell && { tell }) });
  const version = await pinnedRunnerVersion();
  const archive = await packStandIn(version, NODE);
  const sum = createHash('sha256').update(archive).digest('hex');
  const github = await startGitHub({ archive, behaviour: { latestVersion: version } });
  const buildArguments = {
    RUNNER_DOWNLOADS: `${github.url}/actions/runner/releases/download`,
    RUNNER_SHA256_AMD64: sum,
    RUNNER_SHA256_ARM64: sum,
  };
  try {
    await docker(
      [
        'build',
        '--network=host',
        `--file=${join(ROOT, 'docker/Dockerfile')}`,
        `--tag=${tag}`,
        ...Object.entries(buildArguments).map(([name, value]) => `--build-arg=${name}=${value}`),
        ROOT,
      ],
      { signal },
    );
  } finally {
    await github.close();
  }
};
