export {
  installActionsRunner,
  type ActionsRunnerOptions,
  writeRunnerKnobs,
} from './actions-runner/install-actions-runner.ts';
export type { RunnerFault, RunnerKnobs } from './actions-runner/program/store/knobs.ts';
export { accessDenied, throttled } from './aws/aws-error.ts';
export type { PublishedMetric } from './aws/cloudwatch/read-metric-data.ts';
export {
  startCloudWatch,
  type CloudWatchOptions,
  type EmbeddedCloudWatch,
} from './aws/cloudwatch/start-cloudwatch.ts';
export {
  startEcsAgent,
  type EcsAgentOptions,
  type EmbeddedEcsAgent,
} from './aws/ecs/start-ecs-agent.ts';
export {
  createRole,
  type AwsRole,
  type RoleOptions,
  type TemporaryCredentials,
} from './aws/role.ts';
export { startEc2, type EmbeddedEc2, type Ec2Options } from './aws/ec2/start-ec2.ts';
export { unauthorizedOperation } from './aws/ec2/ec2-xml.ts';
export type { AwsCredentials } from './aws/verify-signature.ts';
export {
  startImds,
  type EmbeddedImds,
  type ImdsRequest,
  type InstanceMetadata,
} from './aws/imds/start-imds.ts';
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
