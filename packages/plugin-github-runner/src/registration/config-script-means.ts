import { ConfigurationError, RunnerError, type TapContext } from '@ci-runner/core';
import { credentialsRefused } from '../api/permissions.ts';
import type { RunnersApi } from '../api/runners-api.ts';
import { readRunnerId } from './config-files.ts';
import { configureRunner, type ConfigureFailure } from './configure-runner.ts';
import { RateLimitedError } from './rate-limited-error.ts';
import type { RegistrationMeans } from './registration-means.ts';
import type { RegistrationTokens } from './registration-tokens.ts';

/** What {@link configScriptMeans} needs. */
export interface ConfigScriptSpec {
  readonly api: Pick<RunnersApi, 'scope' | 'credentials'>;
  readonly tokens: RegistrationTokens;
  /** Where the actions-runner is installed. */
  readonly directory: string;
  /** The page of the scope. */
  readonly url: string;
  readonly runnerGroup: string | undefined;
  readonly noDefaultLabels: boolean;
}

const groupUnknown = (group: string | undefined): ConfigurationError =>
  new ConfigurationError([
    {
      name: 'GH_RUNNER_GROUP',
      ...(group === undefined ? {} : { got: group }),
      expected: 'takes the name of a runner group that GitHub has in this scope',
    },
  ]);

/** Registers a persistent runner with config.sh. */
export const configScriptMeans = (spec: ConfigScriptSpec): RegistrationMeans => {
  const { api, tokens, directory, url, runnerGroup, noDefaultLabels } = spec;

  const errorOf = ({ kind, message }: ConfigureFailure, token: string): Error => {
    if (kind === 'group-unknown') return groupUnknown(runnerGroup);
    if (kind === 'limited') return new RateLimitedError(message);
    if (kind === 'lost') return new RunnerError('SERVICE_UNAVAILABLE', message);
    if (kind !== 'token-refused') return new RunnerError('PROCESS_FAILED', message);
    if (tokens.refuse(token)) return new RunnerError('SERVICE_UNAVAILABLE', message);
    return api.credentials.kind === 'registration-token'
      ? credentialsRefused(api.credentials, api.scope, message)
      : new RunnerError('PROCESS_FAILED', message);
  };

  return {
    prepare: async (patience, context: TapContext) => {
      const registrationToken = await tokens.get(patience);
      return async ({ name, onInterrupted }) => {
        const failure = await configureRunner(
          { directory, url, name, runnerGroup, noDefaultLabels, registrationToken, onInterrupted },
          context,
        );
        if (failure === undefined) return { id: await readRunnerId(directory), trusted: false };
        if (failure.kind === 'name-taken') return 'name-taken';
        throw errorOf(failure, registrationToken);
      };
    },
  };
};
