import type { GitHubState } from '../../state/github-state.ts';
import { runnerArchives } from '../downloads/runner-archive.ts';

/** Whether a dotted version is older than another. */
export function isOlder(version: string, other: string): boolean {
  return version.localeCompare(other, 'en', { numeric: true }) < 0;
}

/** What a `RunnerRefresh` message says. */
export function refreshBody(state: GitHubState, architecture: string): object {
  const { latestVersion } = state.behaviour;
  const archives = runnerArchives(latestVersion, state.archive);
  const archive = archives.find((candidate) => candidate.architecture === architecture);
  return {
    target_version: latestVersion,
    os: 'linux',
    download_url: `${state.url}${(archive ?? archives[0])?.path}`,
    sha256_checksum: (archive ?? archives[0])?.sha256,
  };
}
