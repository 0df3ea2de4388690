export { githubRunner, type GithubRunnerOptions } from './github-runner.ts';
