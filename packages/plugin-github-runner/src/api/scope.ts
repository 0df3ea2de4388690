import type { RunnerConfig } from '@ci-runner/core';
import type { GitHubHost } from './host.ts';

/** Whose jobs a runner takes. */
export interface Scope {
  readonly kind: 'repository' | 'organization' | 'enterprise';
  /** As `owner/repo`, or the name of the organization, or the slug of the enterprise. */
  readonly name: string;
}

const PATHS: Readonly<Record<Scope['kind'], string>> = {
  repository: '/repos/',
  organization: '/orgs/',
  enterprise: '/enterprises/',
};

/** The variable that sets a scope of this kind. */
export const SCOPE_VARIABLES: Readonly<Record<Scope['kind'], string>> = {
  repository: 'GH_REPOSITORY',
  organization: 'GH_ORGANIZATION',
  enterprise: 'GH_ENTERPRISE',
};

/** The scope that is configured; undefined when there is none. */
export const scopeOf = (config: RunnerConfig): Scope | undefined => {
  for (const kind of ['repository', 'organization', 'enterprise'] as const) {
    const name = config[kind];
    if (name !== undefined) return { kind, name };
  }
  return undefined;
};

/** The scope's path in the REST API, such as `/orgs/octo`. */
export const scopePath = ({ kind, name }: Scope): string => `${PATHS[kind]}${name}`;

/**
 * The page that `config.sh --url` takes for the scope.
 *
 * @see https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/add-runners
 */
export const scopeUrl = ({ web }: GitHubHost, { kind, name }: Scope): string =>
  kind === 'enterprise' ? `${web}/enterprises/${name}` : `${web}/${name}`;

/** Such as `organization octo`. */
export const describeScope = ({ kind, name }: Scope): string => `${kind} ${name}`;
