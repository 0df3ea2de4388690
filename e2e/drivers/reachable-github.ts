import { inject, onTestFinished } from 'vitest';
import {
  startGitHub,
  type EmbeddedGitHub,
  type GitHubOptions,
} from '../../packages/sandbox/src/index.ts';
import { pinnedRunnerVersion } from '../image/build-image.ts';

/**
 * Starts a GitHub on this address, by default one that containers reach, and closes it after the test. The newest
 * actions-runner that it knows is the image's.
 */
export const startReachableGitHub = async (
  host: string = inject('run').engine?.host ?? '127.0.0.1',
  options: GitHubOptions = {},
): Promise<EmbeddedGitHub> => {
  const latestVersion = await pinnedRunnerVersion();
  const github = await startGitHub({ host, behaviour: { latestVersion }, ...options });
  onTestFinished(async () => github.close());
  return github;
};
