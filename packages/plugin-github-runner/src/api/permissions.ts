import { ConfigurationError, RunnerError } from '@ci-runner/core';
import { describeOutcome, type Outcome } from './answer.ts';
import type { Credentials } from './credentials/credentials.ts';
import { isRateLimited } from './retry.ts';
import { describeScope, SCOPE_VARIABLES, scopePath, type Scope } from './scope.ts';

/**
 * What to grant, as GitHub's pages call it.
 *
 * @see https://docs.github.com/en/rest/actions/self-hosted-runners
 */
const GRANTS: Readonly<Record<'token' | 'app', Readonly<Record<Scope['kind'], string>>>> = {
  token: {
    repository:
      'the permission to administrate the repository: "Administration: Read and write" of a fine-grained token, or the ' +
      'scope "repo" of a classic one whose owner is an administrator',
    organization:
      'the organization permission "Self-hosted runners: Read and write" of a fine-grained token, or the scope ' +
      '"admin:org" of a classic one whose owner owns the organization',
    enterprise:
      'the scope "manage_runners:enterprise" of a classic token whose owner administrates the enterprise; fine-grained ' +
      'tokens cannot have it',
  },
  app: {
    repository:
      'the repository permission "Administration: Read and write", and to be installed there',
    organization:
      'the organization permission "Self-hosted runners: Read and write", and to be installed there',
    enterprise:
      'the enterprise permission for self-hosted runners, and to be installed in the enterprise itself; a GitHub that ' +
      'does not offer this to Apps takes a classic token with the scope "manage_runners:enterprise" in GH_TOKEN instead',
  },
};

const needOf = ({ kind }: Credentials, scope: Scope): string =>
  kind === 'registration-token'
    ? 'It takes a registration token of that very scope that is less than an hour old, such as ' +
      `POST ${scopePath(scope)}/actions/runners/registration-token answers.`
    : `It needs ${GRANTS[kind][scope.kind]}.`;

/** Whether GitHub understood the request and will not do it, however often it is repeated. */
export const isRefusal = (outcome: Outcome): boolean =>
  outcome.status !== undefined &&
  !isRateLimited(outcome) &&
  outcome.status >= 300 &&
  outcome.status < 500 &&
  outcome.status !== 408;

/** The error of credentials that GitHub does not take: it names what to grant. */
export const credentialsRefused = (
  credentials: Credentials,
  scope: Scope,
  why: string,
): RunnerError =>
  new RunnerError(
    'CREDENTIALS_REFUSED',
    `GitHub refused ${credentials.what} for ${describeScope(scope)} (${why}). ${needOf(credentials, scope)} ` +
      `404 can also mean that ${SCOPE_VARIABLES[scope.kind]} or GH_HOST is wrong.`,
  );

/** The error of a refusal. */
export const refused = (credentials: Credentials, scope: Scope, outcome: Outcome): Error => {
  if (outcome.status !== undefined && outcome.elsewhere !== undefined) {
    const expected = `takes GitHub's own address; this one answers ${describeOutcome(outcome)}`;
    return new ConfigurationError([{ name: 'GH_HOST', expected }]);
  }
  if (outcome.status !== undefined && outcome.status >= 300 && outcome.status < 400) {
    return new ConfigurationError([
      {
        name: SCOPE_VARIABLES[scope.kind],
        got: scope.name,
        expected: `takes the present name of the ${scope.kind}: GitHub says that it has moved`,
      },
    ]);
  }
  return credentialsRefused(credentials, scope, describeOutcome(outcome));
};
