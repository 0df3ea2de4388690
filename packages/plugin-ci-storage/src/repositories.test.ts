import { expect, it } from 'vitest';
import { repositoriesOf, repositoryFaults } from './repositories.ts';

const none = { repository: undefined, prewarmRepositories: [] };

it('takes the repository that the runner serves, else the listed ones', () => {
  expect(repositoriesOf({ ...none, repository: 'octo/app' })).toEqual(['octo/app']);
  const listed = ['octo/app', 'octo/web'];
  expect(repositoriesOf({ ...none, prewarmRepositories: listed })).toEqual(listed);
  expect(repositoriesOf(none)).toEqual([]);
});

it('finds nothing wrong with one repository, or with a list of different ones', () => {
  expect(repositoryFaults({ ...none, repository: 'octo/app' })).toEqual([]);
  expect(repositoryFaults({ ...none, prewarmRepositories: ['octo/app', 'octo/web'] })).toEqual([]);
});

const namesOf = (config: Parameters<typeof repositoryFaults>[0]) =>
  repositoryFaults(config).map(({ name, got }) => [name, got]);

it('refuses names that lead out of the work directory', () => {
  expect(namesOf({ ...none, repository: 'octo/..' })).toEqual([['GH_REPOSITORY', 'octo/..']]);
  expect(namesOf({ ...none, prewarmRepositories: ['octo/app', 'octo/.'] })).toEqual([
    ['CI_RUNNER_PREWARM_REPOSITORIES', 'octo/.'],
  ]);
});

it('refuses repositories that would share a workspace', () => {
  const prewarmRepositories = ['octo/app', 'acme/App', 'octo/web'];
  expect(namesOf({ ...none, prewarmRepositories })).toEqual([
    ['CI_RUNNER_PREWARM_REPOSITORIES', 'acme/App'],
  ]);
});

it('refuses a list beside the one repository', () => {
  expect(namesOf({ repository: 'octo/app', prewarmRepositories: ['octo/web'] })).toEqual([
    ['CI_RUNNER_PREWARM_REPOSITORIES', undefined],
  ]);
});
