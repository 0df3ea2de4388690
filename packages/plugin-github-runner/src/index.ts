export { githubRunner } from './github-runner.ts';
export type { GithubRunnerOptions } from './settings/options.ts';
