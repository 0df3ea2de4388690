import type { Environment } from './environment.ts';

/** Variables that set up the supervisor and mean nothing to jobs, or something else: a job's own tools may read LOG_FORMAT. */
const SUPERVISOR_SETTINGS: ReadonlySet<string> = new Set([
  'LOG_FORMAT',
  'CI_RUNNER_CONFIG',
  'CI_RUNNER_CONTROL_SOCKET',
  'CI_RUNNER_USER',
  'CI_RUNNER_WORK_DIR',
  'CI_RUNNER_CACHE_DIR',
  'CI_RUNNER_METRICS_SEC',
  'CI_RUNNER_PREWARM_REPOSITORIES',
  'CI_RUNNER_ROOT_ENTRYPOINTS',
  'CI_RUNNER_GUEST_ENTRYPOINTS',
  'CI_RUNNER_GUEST_ENTRYPOINTS_TOKEN',
  'CI_RUNNER_ENTRYPOINT_TIMEOUT_SEC',
]);

/** What jobs inherit of the supervisor's environment, before plugins modify it; frozen. */
export const withoutSupervisorSettings = (environment: Environment): Environment =>
  Object.freeze(
    Object.fromEntries(
      Object.entries(environment).filter(([name]) => !SUPERVISOR_SETTINGS.has(name)),
    ),
  );
