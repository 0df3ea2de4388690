export {
  installActionsRunner,
  type ActionsRunnerOptions,
} from './actions-runner/install-actions-runner.ts';
export type {
  EmbeddedGitHub,
  GitHubOptions,
  JobReport,
  JobResult,
  JobSpec,
  JobStep,
  QueuedJob,
  RecordedRequest,
  RegisteredRunner,
  StepReport,
} from './github/embedded-github.ts';
export { startGitHub } from './github/start-github.ts';
