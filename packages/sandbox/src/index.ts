export {
  installActionsRunner,
  type ActionsRunnerOptions,
  writeRunnerKnobs,
} from './actions-runner/install-actions-runner.ts';
export type { RunnerFault, RunnerKnobs } from './actions-runner/program/store/knobs.ts';
export type {
  GitHubApp,
  InstallationSpec,
  RateLimitOptions,
  TokenPermissions,
  TokenSpec,
} from './github/access.ts';
export type { DeletionNotice, GitHubBehaviour } from './github/behaviour.ts';
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
  RunnerGroupSpec,
  StepReport,
} from './github/embedded-github.ts';
export type {
  ActiveFault,
  Fault,
  FaultAnswer,
  FaultMatch,
  FaultRule,
  GitHubFaults,
} from './github/faults/fault-rule.ts';
export { rateLimited, type RateLimitRefusal } from './github/faults/refusals.ts';
export { startGitHub } from './github/start-github.ts';
