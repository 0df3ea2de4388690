import { resolveConfig, type Environment } from '@ci-runner/core';
import type { FoundConfig } from '../config/find-config.ts';

/** What the supervisor is going to be set to, as far as the world around it has to fit. */
export interface RehearsedSettings {
  readonly repository: string;
  readonly labels: string[];
  /** The account that the user names for jobs. */
  readonly user: string | undefined;
  /** The names of the configured plugins. */
  readonly plugins: ReadonlySet<string>;
  /** Where the user says that entrypoint scripts are. */
  readonly entrypoints: {
    readonly root: string | undefined;
    readonly guest: string | undefined;
  };
  /** Variables for required settings that neither the environment nor the file gives. */
  readonly standIns: Environment;
}

const REPOSITORY = 'octo/app';
const LABEL = 'rehearsal';

const optionOf = (input: unknown, option: string): string | undefined => {
  const value = (input as Readonly<Record<string, unknown>> | undefined)?.[option];
  return typeof value === 'string' ? value : undefined;
};

/**
 * Reads the settings as the supervisor will. One that is at fault is left for the supervisor to refuse; the world then
 * fits a stand-in.
 */
export const readSettings = (
  { config: input }: FoundConfig,
  environment: Environment,
): RehearsedSettings => {
  const { config } = resolveConfig(input, environment);
  const plugins = input.plugins.filter((plugin) => typeof plugin === 'object' && plugin !== null);
  const entrypoints = plugins.find(({ name }) => name === 'entrypoints')?.input;
  const standIn = (variable: string, option: unknown, value: string): Environment =>
    environment[variable] === undefined && option === undefined ? { [variable]: value } : {};
  return {
    repository: config.repository ?? REPOSITORY,
    labels: config.labels.length > 0 ? [...config.labels] : [LABEL],
    user: environment['CI_RUNNER_USER'] ?? input.user,
    plugins: new Set(plugins.map(({ name }) => name)),
    entrypoints: {
      root: environment['CI_RUNNER_ROOT_ENTRYPOINTS'] ?? optionOf(entrypoints, 'rootDirectory'),
      guest: environment['CI_RUNNER_GUEST_ENTRYPOINTS'] ?? optionOf(entrypoints, 'guestDirectory'),
    },
    standIns: {
      ...standIn('GH_REPOSITORY', input.repository, REPOSITORY),
      ...standIn('GH_LABELS', input.labels, LABEL),
    },
  };
};
