import type { Fault, RunnerConfig } from '@ci-runner/core';

type Scope = Pick<RunnerConfig, 'repository' | 'prewarmRepositories'>;

/** The repositories whose workspaces are filled: the one that the runner serves, else those that are listed. */
export const repositoriesOf = ({ repository, prewarmRepositories }: Scope): readonly string[] =>
  repository === undefined ? prewarmRepositories : [repository];

const nameOf = (repository: string): string => repository.slice(repository.indexOf('/') + 1);

/** What is wrong with these settings: a workspace is named after its repository alone, whoever owns that. */
export const repositoryFaults = (config: Scope): readonly Fault[] => {
  const { repository, prewarmRepositories: listed } = config;
  const name = repository === undefined ? 'CI_RUNNER_PREWARM_REPOSITORIES' : 'GH_REPOSITORY';
  const leaving = repositoriesOf(config).filter((one) => /^\.{1,2}$/.test(nameOf(one)));
  const faults = leaving.map((got) => ({ name, got, expected: 'takes names of repositories' }));
  if (repository !== undefined && listed.length > 0) {
    const expected = 'is for runners of an organization or enterprise: unset it, or GH_REPOSITORY';
    return [...faults, { name: 'CI_RUNNER_PREWARM_REPOSITORIES', expected }];
  }
  const names = listed.map((one) => nameOf(one).toLowerCase());
  const sharing = listed.filter((one, at) => names.indexOf(nameOf(one).toLowerCase()) !== at);
  const expected = 'takes every name once: repositories of one name share a workspace';
  return [...faults, ...sharing.map((got) => ({ name, got, expected }))];
};
