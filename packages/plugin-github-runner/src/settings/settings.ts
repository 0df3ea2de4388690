import { RunnerError, type Fault, type RunnerConfig } from '@ci-runner/core';
import { parseHost, type GitHubHost } from '../api/host.ts';
import type { GithubRunnerOptions } from './options.ts';
import type { Variables } from './variables.ts';

/** What the plugin was told, environment over options over defaults. */
export interface Settings {
  readonly host: GitHubHost;
  /** Where the actions-runner is installed; in guest's home when undefined. */
  readonly directory: string | undefined;
  readonly namePrefix: string;
  readonly runnerGroup: string | undefined;
  readonly noDefaultLabels: boolean;
  readonly mode: 'persistent' | 'ephemeral';
  readonly update: boolean;
  /** Within which the first registration begins. */
  readonly startJitterMs: number;
  readonly sweepOfflineRunners: boolean;
  readonly countFleet: boolean;
}

const hostOf = (text: string): GitHubHost => {
  const host = parseHost(text);
  if (host) return host;
  throw new RunnerError('UNEXPECTED', 'GH_HOST is wrong although it was verified');
};

const switched = (
  variable: 'true' | 'false' | undefined,
  option: boolean | undefined,
  fallback: boolean,
): boolean => (variable === undefined ? (option ?? fallback) : variable === 'true');

/** Merges validated variables over validated options. */
export const readSettings = (
  options: GithubRunnerOptions | undefined = {},
  env: Variables,
): Settings => ({
  host: hostOf(env.GH_HOST ?? options.host ?? 'github.com'),
  directory: env.GH_RUNNER_DIRECTORY ?? options.directory,
  namePrefix: env.GH_RUNNER_NAME_PREFIX ?? options.namePrefix ?? 'ci-runner',
  runnerGroup: env.GH_RUNNER_GROUP ?? options.runnerGroup,
  noDefaultLabels: switched(env.GH_NO_DEFAULT_LABELS, options.noDefaultLabels, false),
  mode: env.GH_RUNNER_MODE ?? options.mode ?? 'persistent',
  update: switched(env.GH_RUNNER_UPDATE, options.update, true),
  startJitterMs: Number(env.GH_START_JITTER_SEC ?? options.startJitterSeconds ?? 0) * 1_000,
  sweepOfflineRunners: switched(env.GH_SWEEP_OFFLINE_RUNNERS, options.sweepOfflineRunners, true),
  countFleet: switched(env.GH_COUNT_FLEET, options.countFleet, true),
});

/** What is wrong with settings that are right by themselves. */
export const findConflicts = (
  { runnerGroup, mode }: Settings,
  { repository }: Pick<RunnerConfig, 'repository'>,
  env: Variables,
): readonly Fault[] => [
  ...(runnerGroup !== undefined && repository !== undefined
    ? [
        {
          name: 'GH_RUNNER_GROUP',
          got: runnerGroup,
          expected:
            'is for runners of an organization or enterprise: unset it, or set GH_ORGANIZATION instead of GH_REPOSITORY',
        },
      ]
    : []),
  ...(mode === 'ephemeral' && env.GH_REGISTRATION_TOKEN !== undefined
    ? [
        {
          name: 'GH_RUNNER_MODE',
          got: mode,
          expected:
            'takes persistent with GH_REGISTRATION_TOKEN: new registrations need GH_TOKEN or a GitHub App',
        },
      ]
    : []),
];
