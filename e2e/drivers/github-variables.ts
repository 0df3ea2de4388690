import type { EmbeddedGitHub } from '../../packages/sandbox/src/index.ts';

/** What a runner of this GitHub needs; the pause of a drain is short, because nothing is under way on one machine. */
export const githubVariables = ({
  url,
  token,
}: EmbeddedGitHub): Readonly<Record<string, string>> => ({
  GH_HOST: url,
  GH_TOKEN: token,
  GH_REPOSITORY: 'octo/app',
  GH_LABELS: 'linux',
  GH_DRAIN_QUIET_SEC: '1',
});
